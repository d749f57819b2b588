import { describe, expect, it } from 'vitest';
import { type Letter, lettersPdf } from '../../../shared/service/messages/letter.ts';
import { addressLines } from '../../../shared/service/messages/letter-of.ts';
import { printable } from '../../../shared/service/messages/printable.ts';
import { pagesOf } from './pdf.ts';

const letter = (over: Partial<Letter> = {}): Letter => ({
	language: 'en',
	sender: ['Main Office', '12 Elm Street', 'Phoenix, AZ 85004'],
	recipient: ['Ana Núñez', '4 Oak Avenue Apt 2', 'Phoenix, AZ 85012'],
	reference: 'A-1042',
	day: '2026-11-24',
	text: 'Hello,\n\nYour statement is ready. The amount due now is $84.20.\n\nMain Office',
	lines: [
		{ reference: 'INV-1', due: 'October 30, 2026', amount: '$80.00' },
		{ reference: '', due: '', amount: '$4.20' },
	],
	amount: '$84.20',
	...over,
});
const print = async (letters: readonly Letter[]) => {
	const made = await lettersPdf(letters, { title: 'Letters of 2026-11-24', at: Date.parse('2026-11-24T08:00:00Z'), compress: false });
	return { ...made, raw: Buffer.from(made.pdf).toString('latin1'), texts: pagesOf(made.pdf) };
};

describe('a letter', () => {
	it('is a page of US Letter, tagged, with its language and title', async () => {
		const { raw, pages } = await print([letter()]);
		expect(raw.slice(0, 8)).toBe('%PDF-1.7');
		expect(pages).toBe(1);
		expect(raw.match(/\/MediaBox \[0 0 612 792\]/g)).toHaveLength(1);
		for (const part of [
			'/StructTreeRoot',
			'/Marked true',
			'/Lang (en-US)',
			'/S /H1',
			'/S /Table',
			'/S /TH',
			'/S /TD',
			'/Type /Pagination',
			'(Letters of 2026-11-24)',
		])
			expect(raw).toContain(part);
	});

	it('says what it must, in this order', async () => {
		const { texts } = await print([letter()]);
		expect(texts[0]?.map(({ text }) => text)).toEqual([
			'Main Office',
			'12 Elm Street',
			'Phoenix, AZ 85004',
			'November 24, 2026',
			'Ana Núñez',
			'4 Oak Avenue Apt 2',
			'Phoenix, AZ 85012',
			'Your statement',
			'Account: A-1042',
			'Hello,',
			'Your statement is ready. The amount due now is $84.20.',
			'Main Office',
			'Invoice',
			'Due date',
			'Amount due',
			'INV-1',
			'October 30, 2026',
			'$80.00',
			'$4.20',
			'Total',
			'$84.20',
			'Please return this part with your payment',
			'Account: A-1042',
			'Amount due: $84.20',
			'Amount enclosed: $ ____________',
			'Make checks payable to: Main Office',
			'12 Elm Street',
			'Phoenix, AZ 85004',
			'Page 1 of 1',
		]);
	});

	it('shows the window of the envelope the recipient and nothing else', async () => {
		const { texts } = await print([letter({ recipient: ['Ana Núñez', 'c/o Luz', '4 Oak Avenue', 'Apt 2', 'Phoenix, AZ 85012'] })]);
		// A #10 window shows 2.1 to 3.6 inches of the page, as the sheet slips.
		const seen = texts[0]?.filter(({ y }) => y >= 2.05 * 72 && y <= 3.65 * 72).map(({ text }) => text);
		expect(seen).toEqual(['Ana Núñez', 'c/o Luz', '4 Oak Avenue', 'Apt 2', 'Phoenix, AZ 85012']);
	});

	it('is written in Spanish with all its letters', async () => {
		const { texts } = await print([letter({ language: 'es', text: 'Hola:\n\n¿Ya pagó? Llámenos: mañana, próximo, aquí, último, pingüino.' })]);
		const page = texts[0]?.map(({ text }) => text) ?? [];
		expect(page).toContain('¿Ya pagó? Llámenos: mañana, próximo, aquí, último, pingüino.');
		expect(page).toContain('24 de noviembre de 2026');
		expect(page).toContain('Por favor devuelva esta parte con su pago');
		expect(page.at(-1)).toBe('Página 1 de 1');
	});

	it('that asks for no money has neither table nor slip', async () => {
		const { raw, texts } = await print([letter({ lines: [], amount: '' })]);
		expect(raw).not.toContain('/S /Table');
		expect(texts[0]?.map(({ text }) => text)).toContain('A letter for you');
		expect(texts[0]?.map(({ text }) => text)).not.toContain('Please return this part with your payment');
	});
});

describe('many letters', () => {
	it('each has pages and numbers of its own, and a long table goes on over the page', async () => {
		const long = letter({ lines: Array.from({ length: 40 }, (_, i) => ({ reference: `INV-${i}`, due: '', amount: '$1.00' })) });
		const { pages, texts } = await print([letter(), long, letter()]);
		expect(pages).toBe(4);
		expect(texts.map((page) => page.at(-1)?.text)).toEqual(['Page 1 of 1', 'Page 1 of 2', 'Page 2 of 2', 'Page 1 of 1']);
		const rows = [...(texts[1] ?? []), ...(texts[2] ?? [])].map(({ text }) => text).filter((text) => text.startsWith('INV-'));
		expect(rows).toEqual(long.lines.map(({ reference }) => reference));
	});

	it('a long text goes on over the page and nothing stands outside the paper', async () => {
		const { pages, texts } = await print([letter({ text: Array.from({ length: 40 }, (_, i) => `Paragraph ${i}.`).join('\n\n') })]);
		expect(pages).toBe(3);
		for (const { x, y } of texts.flat()) expect([x >= 72 && x < 540, y > 30 && y < 780]).toEqual([true, true]);
	});
});

it('a letter that the font lacks loses its marks, and what has no like is seen to be missing', () => {
	expect(printable('Nguyễn Žižek “x” €5 – ñ')).toBe('Nguyen Žižek “x” €5 – ñ');
	expect(printable('王 n\u0303')).toBe('? ñ');
});

it.each([
	['4 Oak Avenue Apt 2, Phoenix, AZ 85012', ['4 Oak Avenue Apt 2', 'Phoenix, AZ 85012']],
	['4 Oak Avenue, Apt 2, Phoenix, AZ 85012-1234', ['4 Oak Avenue, Apt 2', 'Phoenix, AZ 85012-1234']],
	['4 Oak Avenue\nPhoenix, AZ 85012\r\n', ['4 Oak Avenue', 'Phoenix, AZ 85012']],
	['somewhere', ['somewhere']],
	['', []],
])('the lines of %j', (address, lines) => {
	expect(addressLines(address)).toEqual(lines);
});
