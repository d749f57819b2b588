/** Payment Failed. */
import { localIso } from '../../practice.ts';
import type { Told } from './told.ts';

/** What to do next, by what the code says of the account it was tried on. Bank debits by Nacha's rules: at most two more tries, and never after a stop. */
const NEXT: Readonly<Record<string, string>> = {
	soft: 'It may be tried again on a later day; offer another way to pay.',
	hard: 'Do not try it again: ask for another card or account.',
	bad_account: 'The account number does not work: ask for the right one, or for another way to pay.',
	unauthorized: 'Never debit this account again: call the person and find out what is wrong.',
	frozen: 'The account is frozen: call the person before anything else.',
	deceased: 'The account holder may have died: send no message, find out, and record it.',
	unknown: 'Look at what the processor says, then ask for another way to pay.',
};

export function paymentFailed({ practice, account, event }: Told): Record<string, unknown> {
	const payment = account.row.payments.find((p) => p.payment_ref === event.payment);
	const stage = event.stage ?? 'unknown';
	return {
		payment_ref: event.payment ?? '',
		status: payment?.status === 'returned' ? 'returned' : 'failed',
		method: payment?.method ?? '',
		code: payment?.code ?? '',
		code_text: event.reasons.join(' '),
		stage,
		what_to_do_text: NEXT[stage] ?? '',
		message: event.message ?? '',
		autopay: payment?.autopay ?? false,
		failed_at: payment ? localIso(Date.parse(payment.at), practice.zone) : '',
		invoices_text: payment?.invoice ?? '',
	};
}
