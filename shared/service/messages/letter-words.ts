/** The words around a letter's text. */
import type { Language } from '../../rules/content/language.ts';

interface LetterWords {
	statement: string;
	letter: string;
	account: string;
	invoice: string;
	due: string;
	amount: string;
	total: string;
	slip: string;
	enclosed: string;
	payableTo: string;
	page: (page: number, of: number) => string;
}

export const LETTER_WORDS: Record<Language, LetterWords> = {
	en: {
		statement: 'Your statement',
		letter: 'A letter for you',
		account: 'Account',
		invoice: 'Invoice',
		due: 'Due date',
		amount: 'Amount due',
		total: 'Total',
		slip: 'Please return this part with your payment',
		enclosed: 'Amount enclosed',
		payableTo: 'Make checks payable to',
		page: (page, of) => `Page ${page} of ${of}`,
	},
	es: {
		statement: 'Su estado de cuenta',
		letter: 'Una carta para usted',
		account: 'Cuenta',
		invoice: 'Factura',
		due: 'Fecha de pago',
		amount: 'Cantidad por pagar',
		total: 'Total',
		slip: 'Por favor devuelva esta parte con su pago',
		enclosed: 'Cantidad que envía',
		payableTo: 'Haga el cheque a nombre de',
		page: (page, of) => `Página ${page} de ${of}`,
	},
};
