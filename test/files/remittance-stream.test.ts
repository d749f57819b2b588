import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClaimFact } from '../../shared/contracts/facts.ts';
import { type RemittanceEnd, type RemittanceItem, readRemittance, streamRemittance } from '../../shared/files/remittance.ts';
import { era, NOW } from './era.ts';

const TEXT =
	era(
		[
			'CLP*10023-5001*1*150*100*20*12*P1*11*1',
			'SVC*HC:99213:25*150*100**1',
			'CAS*CO*45*30',
			'CAS*PR*2*20',
			'CLP*0*1*10*10**12*P9',
			'CLP*7*25*10*10**12*P8',
			'CLP*8*1*100*0**12*P7',
			'SVC*HC:95165*100*0',
			'CAS*CO*16*100',
			'PLB*1*20261231*WO:A*20',
		],
		{ paid: '100' },
	) + era(['CLP*20001*1*10*10**12*Q1'], { element: '|', terminator: '\u001c', lineEnd: '', paid: '10', control: '000000008' });

async function* piecesOf<P>(pieces: Iterable<P>): AsyncGenerator<P> {
	yield* pieces;
}

async function collect(pieces: Iterable<Uint8Array | string>): Promise<{ items: RemittanceItem[]; end: RemittanceEnd }> {
	const items: RemittanceItem[] = [];
	const stream = streamRemittance(piecesOf(pieces), { now: NOW });
	for (;;) {
		const step = await stream.next();
		if (step.done) return { items, end: step.value };
		items.push(step.value);
	}
}

/** Cuts at these places, in any order. */
function cut<T extends { slice(from: number, to?: number): T; length: number }>(whole: T, places: readonly number[]): T[] {
	const at = [0, ...[...places].map((place) => place % whole.length).sort((a, b) => a - b), whole.length];
	return at.slice(1).map((to, index) => whole.slice(at[index] ?? 0, to));
}

describe('a remittance that flows in', () => {
	it('gives its claims in order, payments behind them, problems where they stand, totals at the end', async () => {
		const { items, end } = await collect([TEXT]);
		expect(
			items.map((item) => [item.kind, item.kind === 'claim' ? item.fact.claim : item.kind === 'payment' ? item.payment.amountMinor : item.problem.position]),
		).toEqual([
			['claim', '10023-5001'],
			['problem', 'CLP at segment 12'],
			['claim', '8'],
			['payment', 10_000],
			['claim', '20001'],
			['payment', 1_000],
		]);
		expect(end).toEqual({
			currency: 'USD',
			claims: 5,
			predeterminations: 1,
			chargeMinor: 28_000,
			paidMinor: 13_000,
			warnings: ['Claim numbers (CLP01) with a dash were read as account number and invoice number (segment 8).'],
		});
	});

	it('gives the same claims as the whole file at once', async () => {
		const { items } = await collect([TEXT]);
		const whole = readRemittance(TEXT, { now: NOW });
		expect(items.flatMap((item) => (item.kind === 'claim' ? [item.fact] : []))).toEqual(whole.facts);
		expect(items.flatMap((item) => (item.kind === 'payment' ? [item.payment] : []))).toEqual(whole.summary.payments);
		expect(items.flatMap((item) => (item.kind === 'problem' ? [item.problem] : []))).toEqual(whole.problems);
	});

	it('is the same wherever its text is cut', async () => {
		const expected = await collect([TEXT]);
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(TEXT.length - 1), { maxLength: 40 }), async (places) => {
				expect(await collect(cut(TEXT, places))).toEqual(expected);
			}),
			{ numRuns: 100 },
		);
		expect(await collect([...TEXT])).toEqual(expected);
	});

	it('is the same when it is wrapped at 80 characters and cut', async () => {
		const wrapped = era(['CLP*1*1*10*10**12*P1'], { lineEnd: '', paid: '10' }).replace(/.{80}/g, '$&\r\n');
		const expected = await collect([era(['CLP*1*1*10*10**12*P1'], { paid: '10' })]);
		expect(await collect(wrapped.match(/.{1,7}|[\r\n]/gs) ?? [])).toEqual(expected);
	});

	it.each([
		['UTF-8', (text: string) => Uint8Array.from(Buffer.from(text, 'utf8'))],
		['Windows-1252', (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))],
	])('keeps every letter of a name in %s, wherever its bytes are cut', async (_title, bytesOf) => {
		const bytes = bytesOf(TEXT.replace('EXAMPLE HEALTH PLAN', 'SEÑAL CAFÉ Ü'));
		const named = async (pieces: Uint8Array[]) => (await collect(pieces)).items.flatMap((item) => (item.kind === 'claim' ? [item.fact.payer] : []));
		for (let size = 1; size < 9; size++) {
			const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
			expect(await named(pieces)).toEqual(['SEÑAL CAFÉ Ü', 'SEÑAL CAFÉ Ü', 'EXAMPLE HEALTH PLAN']);
		}
	});

	it('reads bytes that end inside a character as they are', async () => {
		const bytes = Uint8Array.from(Buffer.from(`${TEXT}IEA|0|1`, 'latin1'));
		const ending = Uint8Array.of(...bytes, 0xd1);
		expect((await collect([ending])).items).toHaveLength(6);
	});

	it('does not keep bytes that the giver writes over', async () => {
		const bytes = Uint8Array.from(Buffer.from(TEXT.replace('EXAMPLE HEALTH PLAN', 'SEÑAL'), 'utf8'));
		const buffer = new Uint8Array(1);
		async function* reused() {
			for (const byte of bytes) {
				buffer[0] = byte;
				yield buffer;
			}
		}
		const payers: string[] = [];
		for await (const item of streamRemittance(reused(), { now: NOW })) if (item.kind === 'claim') payers.push(item.fact.payer);
		expect(payers[0]).toBe('SEÑAL');
	});

	it('leaves reversals to the ledger, in their order', async () => {
		const segments = ['CLP*10*22*-100*-80**12*P1', 'CAS*PR*2*-20', 'CLP*10*1*100*70**12*P1', 'CAS*PR*2*30'];
		const { items } = await collect([era(segments, { paid: '-10' })]);
		expect(
			items.flatMap((item) => (item.kind === 'claim' ? [[item.fact.statusCode, item.fact.lines[0]?.state, item.fact.lines[0]?.patientMinor]] : [])),
		).toEqual([
			['22', 'reversed', -2_000],
			['1', 'adjudicated', 3_000],
		]);
	});

	it('that is broken names segment and element, whatever came before', async () => {
		const items: RemittanceItem[] = [];
		const broken = async () => {
			for await (const item of streamRemittance(piecesOf([TEXT.repeat(5), era(['CLP*1*1*x*1**12*P'])]), { now: NOW })) items.push(item);
		};
		await expect(broken()).rejects.toMatchObject({ kind: 'invalid', code: 'broken_file', message: expect.stringContaining('has no amount in CLP03.') });
		expect(items.length).toBeGreaterThan(0);
	});

	it('that is cut off says so at its end', async () => {
		await expect(collect([TEXT.slice(0, TEXT.indexOf('CAS*CO*16'))])).rejects.toMatchObject({
			code: 'broken_file',
			message: expect.stringContaining('starts a transaction that never ends'),
		});
	});

	it('without any terminator is refused before it fills the memory', async () => {
		const endless = Array.from({ length: 4 }, () => 'A'.repeat(65_536));
		await expect(collect([era([]).slice(0, 300), ...endless])).rejects.toMatchObject({ message: expect.stringContaining('its terminator is missing') });
	});

	it('names at most 500 claims that do not add up', async () => {
		const { end } = await collect([
			era(
				Array.from({ length: 620 }, (_, index) => `CLP*${index + 1}*1*2*1**12*P`),
				{ paid: '620' },
			),
		]);
		expect(end.warnings).toHaveLength(1);
		expect(end.warnings[0]).toMatch(/ 8, 9, .*, 507 and 120 more\)\.$/);
	});
});

describe('delimiters', () => {
	const PLAIN = era(['CLP*1*1*10*10**12*P1', 'SVC*HC:95004*10*10'], { paid: '10' });
	const special = [...'!"#$%&\'()+,/;<=>?@[]^_`{|}~*:', '\u0007', '\t', '\u001c', '\u001d', '\u001e', '\u001f'];

	it('may be any characters that are no part of a value, in ISA11 too', () => {
		const expected = readRemittance(PLAIN, { now: NOW }).facts;
		fc.assert(
			fc.property(
				fc.shuffledSubarray(special, { minLength: 4, maxLength: 4 }),
				fc.constantFrom('', '\n', '\r\n'),
				([element = '', component = '', repetition = '', terminator = ''], lineEnd) => {
					const text = PLAIN.replaceAll('\n', '')
						.replaceAll(':', '\u0001')
						.replaceAll('^', '\u0002')
						.replaceAll('*', '\u0003')
						.replaceAll('~', '\u0004')
						.replaceAll('\u0001', component)
						.replaceAll('\u0002', repetition)
						.replaceAll('\u0003', element)
						.replaceAll('\u0004', terminator + lineEnd);
					expect(readRemittance(text, { now: NOW }).facts).toEqual(expected);
				},
			),
			{ numRuns: 300 },
		);
	});
});

describe('money', () => {
	const amount = (minor: number): string => (minor / 100).toFixed(2);
	const segments = (paid: number, patient: number, contract: number, isReversal: boolean): string[] => {
		const sign = isReversal ? -1 : 1;
		const charge = sign * (paid + patient + contract);
		return [
			`CLP*10*${isReversal ? 22 : 1}*${amount(charge)}*${amount(sign * paid)}*${amount(sign * patient)}*12*P1`,
			`SVC*HC:99213*${amount(charge)}*${amount(sign * paid)}`,
			`CAS*PR*2*${amount(sign * patient)}`,
			`CAS*CO*45*${amount(sign * contract)}`,
		];
	};
	const version = fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 1, max: 99_999 }), fc.nat(99_999));
	const eligible = (facts: readonly ClaimFact[]): number =>
		facts.flatMap((fact) => fact.lines).reduce((sum, line) => (line.state === 'adjudicated' ? sum + line.patientMinor : sum), 0);

	it("is conserved through every reversal and correction: what may be asked is the last claim's share, to the cent", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 8 }), fc.boolean(), async (versions, endsReversed) => {
				const all = versions.flatMap((one) => [segments(...one, false), segments(...one, true)]);
				const kept = endsReversed ? all : all.slice(0, -1);
				const last = versions.at(-1) ?? [0, 0, 0];
				const text = era(kept.flat(), { paid: endsReversed ? '0' : amount(last[0]) });
				const { facts, summary, warnings } = readRemittance(text, { now: NOW });
				expect(warnings.filter((warning) => !warning.startsWith('Claims that share'))).toEqual([]);
				expect([eligible(facts.filter((fact) => fact.kind === 'claim')), summary.patientMinor, summary.paidMinor]).toEqual(
					endsReversed ? [0, 0, 0] : [last[1], last[1], last[0]],
				);
				// A ledger that applies the claims of a flow one after the other comes to the same.
				const applied = (await collect([text])).items.flatMap((item) => (item.kind === 'claim' ? [item.fact] : [])).slice(-1);
				expect(eligible(applied)).toBe(endsReversed ? 0 : last[1]);
			}),
		);
	});
});
