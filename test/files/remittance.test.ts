import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/contracts/failure.ts';
import { claims, era, lines, NOW, read } from './era.ts';

const PAID = ['CLP*10023-5001*1*150*100*20*12*P1*11*1', 'SVC*HC:99213:25*150*100**1', 'DTM*472*20261003', 'CAS*CO*45*30', 'CAS*PR*2*20'];
const STANDARD = era(PAID, { paid: '100' });

const failure = (text: string): Failure => {
	try {
		read(text);
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
	throw new Error('the file was read');
};

describe('a remittance', () => {
	it('becomes one fact for each claim, with every line, adjustment and date', () => {
		const { facts, problems, warnings, summary } = read(STANDARD);
		expect(facts).toEqual([
			{
				kind: 'claim',
				source: 'import',
				account: { yourReference: '10023' },
				currency: 'USD',
				asOf: '2026-11-20T22:30:00Z',
				claim: '10023-5001',
				payerClaim: 'P1',
				payer: 'EXAMPLE HEALTH PLAN',
				statusCode: '1',
				trace: 'T100',
				chargeMinor: 15_000,
				paidMinor: 10_000,
				invoice: '5001',
				lines: [
					{
						line: 1,
						procedure: '99213',
						serviceDate: '2026-10-03',
						chargeMinor: 15_000,
						paidMinor: 10_000,
						adjustments: [
							{ group: 'CO', code: '45', amountMinor: 3_000 },
							{ group: 'PR', code: '2', amountMinor: 2_000 },
						],
						remarks: [],
						state: 'adjudicated',
						patientMinor: 2_000,
					},
				],
			},
		]);
		expect(problems).toEqual([]);
		expect(warnings).toEqual(['Claim numbers (CLP01) with a dash were read as account number and invoice number (segment 8).']);
		expect(summary).toEqual({
			currency: 'USD',
			claims: 1,
			lines: 1,
			deniedClaims: 0,
			deniedLines: 0,
			reversedClaims: 0,
			nettedReversals: 0,
			predeterminations: 0,
			claimsWithInvoice: 1,
			chargeMinor: 15_000,
			paidMinor: 10_000,
			patientMinor: 2_000,
			deniedMinor: 0,
			providerAdjustmentMinor: 0,
			providerAdjustmentsByCode: [],
			providerAdjustments: [],
			payments: [
				{
					key: '000000007|T100|EXAMPLE HEALTH PLAN|10000',
					trace: 'T100',
					payer: 'EXAMPLE HEALTH PLAN',
					amountMinor: 10_000,
					method: 'ACH',
					date: '2026-11-20',
					adjustments: [],
					balanced: true,
				},
			],
		});
	});

	it.each([
		['a claim number without a dash is the account', '10023', { account: { yourReference: '10023' } }],
		['the first dash divides account and invoice', '10023-INV-7', { account: { yourReference: '10023' }, invoice: 'INV-7' }],
		['a dash at the end divides nothing', '10023-', { account: { yourReference: '10023-' } }],
		['a dash at the start divides nothing', '-10023', { account: { yourReference: '-10023' } }],
	])('%s', (_title, number, expected) => {
		const [claim] = claims([`CLP*${number}*1*10*10**12*P1`]);
		expect(claim).toMatchObject({ claim: number, ...expected });
		expect(claim !== undefined && 'invoice' in claim).toBe('invoice' in expected);
	});

	it("does not carry the patient's name, which is often not the guarantor's", () => {
		const text = JSON.stringify(read(era(['CLP*1*1*10*10**12*P1', 'NM1*QC*1*SURNAME*GIVEN****MI*MEMBER9'])));
		expect(text).not.toMatch(/SURNAME|GIVEN|MEMBER9/);
	});

	it.each([
		["the payer's production day, when a clearinghouse stamped the envelope later", ['DTM*405*20261118'], '2026-11-18T00:00:00Z'],
		["the envelope's time on the production day", ['DTM*405*20261120'], '2026-11-20T22:30:00Z'],
		['now, when the file claims to be from the future', ['DTM*405*20261231'], NOW],
	])('is known since %s', (_title, head, asOf) => {
		expect(claims(PAID, { head })[0]?.asOf).toBe(asOf);
	});
});

describe('delimiters', () => {
	const expected = read(STANDARD).facts;

	it.each([
		['bars as terminators', { terminator: '|' }],
		['CR LF behind terminators', { lineEnd: '\r\n' }],
		['nothing behind terminators', { lineEnd: '' }],
		['line feeds as terminators', { terminator: '\n', lineEnd: '' }],
		['CR LF as terminators', { terminator: '\r', lineEnd: '\n' }],
		['apostrophes as terminators', { terminator: "'" }],
		['bars between elements', { element: '|' }],
		['carets between elements', { element: '^' }],
	])('are taken from ISA: %s', (_title, envelope) => {
		expect(read(era(PAID, { paid: '100', ...envelope })).facts).toEqual(expected);
	});

	it.each(['>', '|', ':'])('reads procedures divided by %s although ISA16 says otherwise', (used) => {
		const [claim] = claims(
			PAID.map((segment) => segment.replaceAll(':', used)),
			{ component: used === ':' ? '>' : ':' },
		);
		expect(claim?.lines[0]?.procedure).toBe('99213');
	});

	it('reads a procedure with the separator that ISA16 declares', () => {
		const [claim] = claims(
			PAID.map((segment) => segment.replaceAll(':', '<')),
			{ component: '<' },
		);
		expect(claim?.lines[0]?.procedure).toBe('99213');
	});

	it('takes the procedure from SVC06 when SVC01 has none', () => {
		expect(claims(['CLP*1*1*10*10**12*P1', 'SVC*HC*10*10***HC:95004'])[0]?.lines[0]?.procedure).toBe('95004');
		expect(claims(['CLP*1*1*10*10**12*P1', 'SVC*HC:*10*10***HC:95004'])[0]?.lines[0]?.procedure).toBe('95004');
	});

	it('survive a byte order mark, blank lines before ISA and Ctrl-Z at the end', () => {
		expect(read(`\uFEFF\r\n${STANDARD}\u001a`).facts).toEqual(expected);
	});

	it('survive a file wrapped at 80 characters', () => {
		const wrapped = era(PAID, { paid: '100', lineEnd: '' }).replace(/.{80}/g, '$&\r\n');
		expect(read(wrapped).facts).toEqual(expected);
	});

	it('survive an ISA whose padding was cut', () => {
		expect(read(STANDARD.replace(/^ISA[^~]*/, (isa) => isa.replace(/ +\*/g, '*'))).facts).toEqual(expected);
	});

	it('survive a last segment without its terminator', () => {
		expect(read(STANDARD.trimEnd().slice(0, -1)).facts).toEqual(expected);
	});

	it('change from one interchange to the next', () => {
		const second = era(['CLP*20001*1*10*10**12*Q1'], { element: '|', terminator: '\n', lineEnd: '', paid: '10', control: '000000008' });
		const { facts, summary, warnings } = read(STANDARD + second);
		expect(facts.map((fact) => fact.account.yourReference)).toEqual(['10023', '20001']);
		expect(summary.payments.map(({ key }) => key)).toEqual(['000000007|T100|EXAMPLE HEALTH PLAN|10000', '000000008|T100|EXAMPLE HEALTH PLAN|1000']);
		expect(warnings).toHaveLength(1);
	});

	it.each([
		['GS', (text: string) => text.replace(/^ISA[^~]*~\n/, '').replace(/IEA[^~]*~\n/, '')],
		['ST', (text: string) => text.replace(/^ISA[^~]*~\nGS[^~]*~\n/, '').replace(/GE[^~]*~\nIEA[^~]*~\n/, '')],
		[
			'ST, with line feeds alone as terminators',
			(text: string) =>
				text
					.replace(/^ISA[^~]*~\nGS[^~]*~\n/, '')
					.replace(/GE[^~]*~\nIEA[^~]*~\n/, '')
					.replaceAll('~', ''),
		],
		[
			'ST, with other delimiters',
			(text: string) =>
				text
					.replace(/^ISA[^~]*~\nGS[^~]*~\n/, '')
					.replace(/GE[^~]*~\nIEA[^~]*~\n/, '')
					.replaceAll('*', '|')
					.replaceAll('~\n', "'"),
		],
	])('are guessed when ISA is missing and the file starts with %s', (_title, cut) => {
		const { facts } = read(cut(STANDARD));
		expect(facts).toHaveLength(1);
		expect(facts[0]).toMatchObject({ claim: '10023-5001', paidMinor: 10_000 });
	});

	it('date facts by the payment when there is no envelope', () => {
		expect(read(STANDARD.replace(/^ISA[^~]*~\nGS[^~]*~\n/, '').replace(/GE[^~]*~\nIEA[^~]*~\n/, '')).facts[0]?.asOf).toBe('2026-11-20T00:00:00Z');
	});
});

describe('adjustments and remarks', () => {
	it('reads up to six triplets in one segment, blank quantities included', () => {
		const [claim] = claims(['CLP*1*1*210*0**12*P1', 'SVC*HC:99213*210*0', 'CAS*PR*1*10**2*20*1*3*30**96*40**204*50*2*119*60']);
		expect(claim?.lines[0]?.adjustments).toEqual([
			{ group: 'PR', code: '1', amountMinor: 1_000 },
			{ group: 'PR', code: '2', amountMinor: 2_000 },
			{ group: 'PR', code: '3', amountMinor: 3_000 },
			{ group: 'PR', code: '96', amountMinor: 4_000 },
			{ group: 'PR', code: '204', amountMinor: 5_000 },
			{ group: 'PR', code: '119', amountMinor: 6_000 },
		]);
		expect(claim?.lines[0]?.patientMinor).toBe(6_000);
	});

	it('collects remarks of the line and of the claim, each once', () => {
		const [claim] = claims(['CLP*1*1*20*20**12*P1', 'MOA***MA01*MA18*N1*N2*N3', 'SVC*HC:1*10*10', 'LQ*HE*N130', 'LQ*HE*MA01', 'LQ*RX*75', 'SVC*HC:2*10*10']);
		expect(claim?.lines.map(({ remarks }) => remarks)).toEqual([
			['N130', 'MA01', 'MA18', 'N1', 'N2', 'N3'],
			['MA01', 'MA18', 'N1', 'N2', 'N3'],
		]);
	});

	it('reads inpatient remarks from MIA', () => {
		const [claim] = claims(['CLP*1*1*20*20**12*P1', `MIA*1***5*MA02${'*'.repeat(15)}N20*N21*N22*N23`]);
		expect(claim?.lines[0]?.remarks).toEqual(['MA02', 'N20', 'N21', 'N22', 'N23']);
	});

	it('keeps claim-level adjustments beside lines as a line of their own, so that no cent is lost or doubled', () => {
		const [claim] = claims(['CLP*1*1*100*60**12*P1', 'CAS*PR*1*15', 'SVC*HC:1*100*60', 'CAS*CO*45*25']);
		expect(claim?.lines.map(({ line, chargeMinor, patientMinor }) => [line, chargeMinor, patientMinor])).toEqual([
			[1, 10_000, 0],
			[2, 0, 1_500],
		]);
	});

	it('makes a claim without service lines one line', () => {
		const [claim] = claims(['CLP*1*1*100*60*15*12*P1', 'CAS*PR*1*15', 'CAS*CO*45*25', 'DTM*232*20261001']);
		expect(claim?.lines).toEqual([
			{
				line: 1,
				serviceDate: '2026-10-01',
				chargeMinor: 10_000,
				paidMinor: 6_000,
				adjustments: [
					{ group: 'PR', code: '1', amountMinor: 1_500 },
					{ group: 'CO', code: '45', amountMinor: 2_500 },
				],
				remarks: [],
				state: 'adjudicated',
				patientMinor: 1_500,
			},
		]);
	});

	it('reads an unknown group as OA and says so', () => {
		const { facts, warnings } = read(era(['CLP*1*1*10*0**12*P1', 'SVC*HC:1*10*0', 'CAS*ZZ*45*10']));
		expect(facts[0]).toMatchObject({ lines: [{ adjustments: [{ group: 'OA', code: '45', amountMinor: 1_000 }] }] });
		expect(warnings).toEqual(['Adjustments with a group we do not know were read as OA (segment 10).']);
	});

	it.each([
		['SVC03 missing', 'SVC*HC:1*10'],
		['SVC03 blank', 'SVC*HC:1*10**NU'],
	])('reads %s as nothing paid', (_title, svc) => {
		expect(claims(['CLP*1*1*10*0**12*P1', svc, 'CAS*PR*1*10'])[0]?.lines[0]).toMatchObject({ paidMinor: 0, patientMinor: 1_000, state: 'adjudicated' });
	});

	it.each([
		['.5', 50],
		['12.', 1_200],
		['12.5', 1_250],
		['12.50', 1_250],
		['12.500', 1_250],
		['-0', 0],
		['1234567.89', 123_456_789],
	])('reads the amount %s exactly', (text, minor) => {
		expect(claims([`CLP*1*1*${text}*${text}**12*P1`])[0]?.chargeMinor).toBe(minor);
	});

	it('reads amounts of a currency without cents', () => {
		const [claim] = claims(['CLP*1*1*1500*1000**12*P1', 'CAS*CO*45*500'], { head: ['CUR*PR*JPY'], paid: '1000' });
		expect(claim).toMatchObject({ currency: 'JPY', chargeMinor: 1_500, paidMinor: 1_000 });
	});

	it('leaves an impossible date unknown and goes on', () => {
		const { facts, warnings } = read(
			era(['CLP*1*1*10*10**12*P1', 'SVC*HC:1*10*10', 'DTM*472*20002316', 'SVC*HC:2*0*0', 'DTM*150*20261005', 'DTM*151*20261007'], { paid: '10' }),
		);
		expect(facts[0]).toMatchObject({ lines: [{ line: 1 }, { line: 2, serviceDate: '2026-10-05' }] });
		expect(facts[0]?.kind === 'claim' && 'serviceDate' in (facts[0].lines[0] ?? {})).toBe(false);
		expect(warnings).toEqual(['Dates that do not exist were left unknown (segment 10).']);
	});
});

describe('the state of a line', () => {
	const line = (status: string, charge: string, paid: string, ...rest: string[]) =>
		lines(claims([`CLP*1*${status}*${charge}*${paid}**12*P1`, `SVC*HC:1*${charge}*${paid}`, ...rest])[0]);

	it.each([
		['paid', '1', '100', '80', ['CAS*CO*45*20'], 'adjudicated 0'],
		['paid by the second payer after the first', '2', '100', '20', ['CAS*OA*23*80'], 'adjudicated 0'],
		['paid by the third payer', '3', '100', '20', ['CAS*OA*23*70', 'CAS*PR*3*10'], 'adjudicated 1000'],
		['all to the deductible', '1', '100', '0', ['CAS*CO*45*30', 'CAS*PR*1*70'], 'adjudicated 7000'],
		['all above the fee schedule', '1', '100', '0', ['CAS*CO*45*100'], 'adjudicated 0'],
		['a reduction beside the fee schedule that leaves nothing', '1', '100', '0', ['CAS*CO*45*90', 'CAS*CO*253*10'], 'denied_open 0 contractual'],
		['the fee schedule under another group than CO', '1', '100', '0', ['CAS*PI*45*100'], 'denied_open 0 contractual'],
		['an earlier payer under another group than OA', '2', '100', '0', ['CAS*CO*23*100'], 'denied_open 0 contractual'],
		['a line that only reports a measure', '1', '0.01', '0', ['CAS*CO*246*0.01', 'LQ*HE*N620'], 'adjudicated 0'],
		['information missing, and the remark says which', '1', '100', '0', ['CAS*CO*16*100', 'LQ*HE*N706'], 'denied_open 0 documentation'],
		['information missing, and the remark says nothing', '1', '100', '0', ['CAS*CO*16*100', 'LQ*HE*MA01'], 'denied_open 0 fix_resubmit'],
		['nothing left after the first payer', '2', '100', '0', ['CAS*OA*23*100'], 'adjudicated 0'],
		['no charge', '1', '0', '0', ['CAS*CO*97*0'], 'adjudicated 0'],
		['information missing', '1', '100', '0', ['CAS*CO*16*100'], 'denied_open 0 fix_resubmit'],
		['unprocessable by its remark', '1', '100', '0', ['CAS*CO*50*100', 'LQ*HE*MA130'], 'denied_open 0 fix_resubmit'],
		['not medically necessary', '1', '100', '0', ['CAS*CO*50*100'], 'denied_open 0 appeal'],
		['not medically necessary, put on the patient', '1', '100', '0', ['CAS*PR*50*100'], 'denied_open 0 review'],
		['authorization missing', '1', '100', '0', ['CAS*CO*197*100'], 'denied_open 0 authorization'],
		['filed too late, second payer', '2', '100', '0', ['CAS*CO*29*100'], 'denied_open 0 late'],
		['bundled', '1', '100', '0', ['CAS*CO*97*100'], 'denied_open 0 coding'],
		['duplicate', '1', '100', '0', ['CAS*OA*18*100'], 'denied_open 0 duplicate'],
		['not covered, put on the patient', '1', '100', '0', ['CAS*PR*96*100'], 'denied_open 0 review'],
		['coverage ended', '1', '100', '0', ['CAS*PR*27*100'], 'denied_open 0 eligibility'],
		['another payer first', '1', '100', '0', ['CAS*CO*22*100'], 'denied_open 0 cob'],
		['a code nobody knows', '1', '100', '0', ['CAS*CO*999*100'], 'denied_open 0 unclassified'],
		['the fee schedule put on the patient', '1', '100', '0', ['CAS*PR*45*100'], 'denied_open 0 review'],
		['the reason with the most money decides', '1', '100', '0', ['CAS*CO*16*10', 'CAS*CO*197*90'], 'denied_open 0 authorization'],
		['denied with the fee schedule beside', '1', '100', '0', ['CAS*CO*45*90', 'CAS*CO*16*10'], 'denied_open 0 fix_resubmit'],
		['a reason of no amount is no denial', '1', '100', '0', ['CAS*CO*45*100', 'CAS*CO*16*0'], 'adjudicated 0'],
		["part patient, part refused: the patient's part was decided", '1', '100', '0', ['CAS*PR*3*30', 'CAS*CO*16*70'], 'adjudicated 3000'],
		['status 4 without a reason', '4', '100', '0', [], 'denied_open 0 eligibility'],
		['status 4, member not found', '4', '100', '0', ['CAS*PR*31*100'], 'denied_open 0 eligibility'],
		['status 4 of an older payer', '4', '100', '0', ['CAS*CO*50*100'], 'denied_open 0 appeal'],
		['status 4 with the fee schedule alone', '4', '100', '0', ['CAS*CO*45*100'], 'denied_open 0 eligibility'],
		['forwarded by the first payer', '19', '100', '80', ['CAS*PR*2*20'], 'crossover 2000'],
		['forwarded by the second payer', '20', '100', '80', ['CAS*PR*2*20'], 'crossover 2000'],
		['forwarded by the third payer', '21', '100', '80', ['CAS*PR*2*20'], 'crossover 2000'],
		["not this payer's claim, forwarded", '23', '100', '0', ['CAS*OA*109*100'], 'crossover 0'],
		['processed, and forwarded by its remark', '1', '100', '80', ['CAS*PR*2*20', 'LQ*HE*MA18'], 'crossover 2000'],
		['a remark that says it was not forwarded', '1', '100', '80', ['CAS*PR*2*20', 'LQ*HE*MA19'], 'adjudicated 2000'],
		['taken back', '22', '-100', '-80', ['CAS*PR*2*-20'], 'reversed -2000'],
		['QMB deductible', '1', '100', '0', ['CAS*PR*1*100', 'LQ*HE*N781'], 'never_bill 10000'],
		['QMB coinsurance', '1', '100', '80', ['CAS*PR*2*20', 'LQ*HE*N782'], 'never_bill 2000'],
		['QMB copay', '1', '100', '80', ['CAS*PR*3*20', 'LQ*HE*N783'], 'never_bill 2000'],
		['QMB and forwarded', '19', '100', '80', ['CAS*PR*2*20', 'LQ*HE*N782'], 'never_bill 2000'],
		['QMB and denied: staff still hear', '1', '100', '0', ['CAS*CO*16*100', 'LQ*HE*N781'], 'denied_open 0 fix_resubmit'],
		['payer still reviewing', '1', '100', '0', ['CAS*OA*133*100'], 'pending 0'],
		['premium grace period', '1', '100', '0', ['CAS*CO*257*100'], 'pending 0'],
		['a status nobody knows', '77', '100', '0', ['CAS*PR*1*100'], 'pending 10000'],
	])('%s', (_title, status, charge, paid, rest, expected) => {
		expect(line(status, charge, paid, ...rest)).toEqual([expected]);
	});

	it('is decided line by line: one paid, one denied', () => {
		const [claim] = claims(['CLP*1*1*250*80*20*12*P1', 'SVC*HC:99213*100*80', 'CAS*PR*3*20', 'SVC*HC:95165*150*0', 'CAS*CO*151*150']);
		expect(lines(claim)).toEqual(['adjudicated 2000', 'denied_open 0 coding']);
	});

	it("follows the claim's adjustments where the lines have none", () => {
		const bare = ['SVC*HC:1*60*0', 'SVC*HC:2*40*0'];
		expect(lines(claims(['CLP*1*1*100*0**12*P1', 'CAS*CO*197*100', ...bare])[0])).toEqual([
			'denied_open 0 authorization',
			'denied_open 0 authorization',
			'adjudicated 0',
		]);
		expect(lines(claims(['CLP*1*1*100*0**12*P1', 'CAS*PR*1*100', ...bare])[0])).toEqual(['adjudicated 0', 'adjudicated 0', 'adjudicated 10000']);
	});

	it('is QMB for every line when the remark is on the claim, and marks the account', () => {
		const [claim] = claims(['CLP*1*1*200*160*40*12*P1', 'MOA***N782', 'SVC*HC:1*100*80', 'CAS*PR*2*20', 'SVC*HC:2*100*80', 'CAS*PR*2*20']);
		expect(lines(claim)).toEqual(['never_bill 2000', 'never_bill 2000']);
		expect(claim?.account).toEqual({ yourReference: '1', qmb: true });
	});

	it('is QMB for its own line when the remark is on the line', () => {
		const [claim] = claims(['CLP*1*1*200*160*40*12*P1', 'SVC*HC:1*100*80', 'CAS*PR*2*20', 'LQ*HE*N782', 'SVC*HC:2*100*80', 'CAS*PR*2*20']);
		expect(lines(claim)).toEqual(['never_bill 2000', 'adjudicated 2000']);
		expect(claim?.account.qmb).toBe(true);
	});

	it('waits for the next payer when the claim names it', () => {
		expect(lines(claims(['CLP*1*1*100*80*20*12*P1', 'NM1*TT*2*MEDIGAP', 'SVC*HC:1*100*80', 'CAS*PR*2*20'])[0])).toEqual(['crossover 2000']);
	});

	it('says which claims have an unknown status', () => {
		expect(read(era(['CLP*1*77*10*10**12*P1'], { paid: '10' })).warnings).toEqual([
			'Claims with a status (CLP02) we do not know are held as pending (segment 8).',
		]);
	});

	it('passes over a predetermination, which is about no payment', () => {
		const { facts, summary } = read(era(['CLP*1*25*100*0*20*12*P1', 'CAS*PR*2*20', 'CAS*OA*101*80']));
		expect(facts).toEqual([]);
		expect(summary).toMatchObject({ claims: 1, predeterminations: 1, patientMinor: 0 });
	});
});

describe('a reversal', () => {
	const original = ['CLP*10*1*100*80*20*12*P1', 'SVC*HC:1*100*80', 'CAS*PR*2*20'];
	const reversal = ['CLP*10*22*-100*-80*-20*12*P1', 'SVC*HC:1*-100*-80', 'CAS*PR*2*-20'];
	const corrected = ['CLP*10*1*100*70*30*12*P1', 'SVC*HC:1*100*70', 'CAS*PR*2*30'];
	const denied = ['CLP*10*1*100*0**12*P1', 'SVC*HC:1*100*0', 'CAS*CO*16*100'];

	it('and its corrected claim are the corrected claim alone', () => {
		const { facts, summary } = read(era([...reversal, ...corrected], { paid: '-10' }));
		expect(facts).toHaveLength(1);
		expect(facts[0]).toMatchObject({ claim: '10', statusCode: '1', paidMinor: 7_000, lines: [{ state: 'adjudicated', patientMinor: 3_000 }] });
		expect(summary).toMatchObject({ claims: 2, nettedReversals: 1, reversedClaims: 0, paidMinor: -1_000, chargeMinor: 0, patientMinor: 3_000 });
		expect(summary.payments[0]).toMatchObject({ amountMinor: -1_000, balanced: true });
	});

	it('nets in the other order too', () => {
		expect(claims([...corrected, ...reversal]).map((claim) => [claim.statusCode, ...lines(claim)])).toEqual([['1', 'adjudicated 3000']]);
	});

	it('that ends in a denial is the denial', () => {
		expect(claims([...reversal, ...denied]).map((claim) => lines(claim))).toEqual([['denied_open 0 fix_resubmit']]);
	});

	it('with nothing in its place stays, and is no denial', () => {
		const { facts, summary } = read(era(reversal, { paid: '-80' }));
		expect(facts.map((fact) => (fact.kind === 'claim' ? lines(fact) : []))).toEqual([['reversed -2000']]);
		expect(summary).toMatchObject({ reversedClaims: 1, nettedReversals: 0, deniedLines: 0, patientMinor: 0 });
	});

	it('of a claim of the same file undoes it, and the corrected claim stands', () => {
		expect(claims([...original, ...reversal, ...corrected]).map((claim) => claim.paidMinor)).toEqual([7_000]);
		expect(claims([...original, ...reversal]).map((claim) => lines(claim))).toEqual([['reversed -2000']]);
	});

	it('conserves money: original, reversal and correction sum to the correction, to the cent', () => {
		const sum = (text: string[]) => read(era(text)).summary.paidMinor;
		expect(sum(original) + sum([...reversal, ...corrected])).toBe(7_000);
		const shares = [...claims(original), ...claims(reversal)].flatMap((claim) => claim.lines.map(({ patientMinor }) => patientMinor));
		expect(shares).toEqual([2_000, -2_000]);
	});

	it('of another payer claim with the same patient number touches nothing else', () => {
		const other = reversal.map((segment) => segment.replace('P1', 'P2'));
		expect(claims([...other, ...corrected]).map(({ payerClaim, statusCode }) => [payerClaim, statusCode])).toEqual([
			['P2', '22'],
			['P1', '1'],
		]);
	});

	it('is not made up: two claims of one number both stay, and it is said', () => {
		const { facts, warnings } = read(era([...original, ...corrected]));
		expect(facts).toHaveLength(2);
		expect(warnings).toEqual([
			'Claims less provider adjustments are not the amount that was paid (BPR02); post this payment by hand (segment 3).',
			'Claims that share claim number and payer claim number, without a reversal, were all kept (segment 8, 11).',
		]);
	});
});

describe('provider adjustments', () => {
	it('are listed in the summary, balance the payment and are no claim', () => {
		const text = era([...PAID, 'PLB*1234567893*20261231*WO:A1*50*L6:B2*-1.25', 'PLB*1234567893*20261231*72*1'], { paid: '50.25' });
		const { facts, summary, warnings } = read(text);
		expect(facts).toHaveLength(1);
		expect(summary.providerAdjustments).toEqual([
			{ code: 'WO', amountMinor: 5_000, position: 'PLB at segment 13' },
			{ code: 'L6', amountMinor: -125, position: 'PLB at segment 13' },
			{ code: '72', amountMinor: 100, position: 'PLB at segment 14' },
		]);
		expect(summary.providerAdjustmentMinor).toBe(4_975);
		expect(summary.providerAdjustmentsByCode).toEqual([
			{ code: '72', meaning: 'authorized return', amountMinor: 100 },
			{ code: 'L6', meaning: 'interest', amountMinor: -125 },
			{ code: 'WO', meaning: 'overpayment recovered', amountMinor: 5_000 },
		]);
		expect(summary.payments[0]).toMatchObject({ balanced: true, adjustments: summary.providerAdjustmentsByCode });
		expect(warnings.at(-1)).toBe(
			"Provider-level adjustments (PLB) change what was paid and are no patient's: 72 (authorized return) takes off $1.00, L6 (interest) adds $1.25, WO (overpayment recovered) takes off $50.00.",
		);
	});

	it('a debit payment is negative', () => {
		const text = era(['CLP*1*22*-100*-80**12*P1'], { paid: '80' }).replace('*80*C*', '*80*D*');
		expect(read(text).summary.payments[0]).toMatchObject({ amountMinor: -8_000, balanced: true });
	});
});

describe('a file with faults', () => {
	it('warns of wrong counts and control numbers, and reads on', () => {
		const text = era(PAID, { paid: '100', seCount: 99, geCount: 4 }).replace('SE*99*0001', 'SE*99*0002').replace('IEA*1*', 'IEA*3*');
		const { facts, warnings } = read(text);
		expect(facts).toHaveLength(1);
		expect(warnings.slice(0, 4)).toEqual([
			'SE counts another number of segments than the transaction has; the file was read to the end all the same (segment 13).',
			'SE names another control number than its ST (segment 13).',
			'GE counts another number of transactions than the group has (segment 14).',
			'IEA counts another number of groups than the interchange has (segment 15).',
		]);
	});

	it('names each claim that does not add up, records it, and asks nothing of the patient for it', () => {
		const { facts, warnings } = read(
			era([...Array.from({ length: 7 }, (_, index) => `CLP*${index + 1}*1*100*80**12*P${index}`), 'CLP*8*1*100*80**12*P8', 'CAS*PR*1*20'], {
				paid: '640',
			}),
		);
		expect(warnings).toEqual([
			'Claims whose charge less adjustments is not what was paid (CLP03, CAS, CLP04) wait for staff: nothing of them is asked of the patient (segment 8, 9, 10, 11, 12, 13, 14).',
		]);
		expect(facts.map((fact) => (fact.kind === 'claim' ? lines(fact) : []))).toEqual([...Array.from({ length: 7 }, () => ['pending 0']), ['adjudicated 2000']]);
	});

	it('names lines that do not add up although their claim does', () => {
		const { facts, warnings } = read(era(['CLP*1*1*200*150**12*P1', 'SVC*HC:1*100*80', 'CAS*PR*1*30', 'SVC*HC:2*100*70', 'CAS*PR*1*20'], { paid: '150' }));
		expect(warnings).toEqual(['Lines whose charge less adjustments is not what was paid (SVC02, CAS, SVC03); their claims wait for staff (segment 9, 11).']);
		expect(facts.map((fact) => (fact.kind === 'claim' ? lines(fact) : []))).toEqual([['pending 3000', 'pending 2000']]);
	});

	it.each([
		["charges of the lines that are not the claim's", ['CLP*1*1*300*150**12*P1', 'SVC*HC:1*100*70', 'CAS*PR*1*30', 'SVC*HC:2*100*80', 'CAS*PR*1*20']],
		['a claim-level adjustment that explains nothing', ['CLP*1*1*100*80**12*P1', 'CAS*CO*45*15', 'SVC*HC:1*100*80']],
	])('holds %s', (_title, segments) => {
		expect(claims(segments).flatMap((claim) => claim.lines.map(({ state }) => state))).not.toContain('adjudicated');
	});

	it('names a payment that is not its claims less its provider adjustments', () => {
		const { warnings, summary } = read(era([...PAID, 'PLB*1*20261231*WO:A*10'], { paid: '100' }));
		expect(warnings[0]).toBe('Claims less provider adjustments are not the amount that was paid (BPR02); post this payment by hand (segment 3).');
		expect(summary.payments[0]?.balanced).toBe(false);
	});

	it('names amounts that staff must release before anybody is asked', () => {
		const { facts, warnings } = read(era(['CLP*1*1*100*50**12*P1', 'SVC*HC:1*100*50', 'CAS*PR*1*20**96*30'], { paid: '50' }));
		expect(warnings).toEqual([
			'Amounts that the payer put on the patient for another reason than deductible, coinsurance or copay are asked of nobody until staff release them (segment 9).',
		]);
		expect(facts.map((fact) => (fact.kind === 'claim' ? lines(fact) : []))).toEqual([['adjudicated 2000']]);
	});

	it('passes over segments it does not know without dropping the claim', () => {
		const [claim] = claims([PAID[0] ?? '', 'ZZ9*WHAT*EVER', 'K3*X', ...PAID.slice(1)]);
		expect(claim?.lines).toHaveLength(1);
	});

	it('passes over transactions of another kind', () => {
		const foreign = 'ST*277*0009~\nCLP*broken~\nSE*3*0009~\nST*835*0001';
		const { facts, warnings } = read(STANDARD.replace('ST*835*0001', foreign).replace('GE*1*', 'GE*2*'));
		expect(facts).toHaveLength(1);
		expect(warnings[0]).toBe('Transactions that are not an 835 were passed over (segment 3).');
		expect(warnings).toHaveLength(2);
	});

	it.each(['', '0', '000'])('reports a claim without a number ("%s") and imports the others', (number) => {
		const { facts, problems, summary } = read(era([`CLP*${number}*1*10*10**12*P9`, ...PAID], { paid: '110' }));
		expect(facts).toHaveLength(1);
		expect(problems).toEqual([
			{ position: 'CLP at segment 8', field: 'CLP01', message: 'The claim has no claim number, so its account is unknown; post it by hand.' },
		]);
		expect(summary.paidMinor).toBe(11_000);
	});

	it.each([
		['CLP03 is no amount', era(['CLP*1*1*secret*10**12*P1']), 'CLP at segment 8', 'has no amount in CLP03.'],
		['CLP04 is blank', era(['CLP*1*1*10***12*P1']), 'CLP at segment 8', 'has no amount in CLP04.'],
		['CLP05 is no amount', era(['CLP*1*1*10*10*x*12*P1']), 'CLP at segment 8', 'has no amount in CLP05.'],
		['CLP02 is blank', era(['CLP*1**10*10**12*P1']), 'CLP at segment 8', 'has no claim status (CLP02).'],
		['an amount is finer than a cent', era(['CLP*1*1*10.001*10**12*P1']), 'CLP at segment 8', 'has no amount in CLP03.'],
		['an amount has a comma', era(['CLP*1*1*1,000*10**12*P1']), 'CLP at segment 8', 'has no amount in CLP03.'],
		['an amount is a point', era(['CLP*1*1*.*10**12*P1']), 'CLP at segment 8', 'has no amount in CLP03.'],
		['an amount has more digits than a number holds', era(['CLP*1*1*99999999999999999*10**12*P1']), 'CLP at segment 8', 'has no amount in CLP03.'],
		['a yen amount has a dollar sign', era(['CLP*1*1*$5*5**12*P1'], { head: ['CUR*PR*JPY'] }), 'CLP at segment 9', 'has no amount in CLP03.'],
		['SVC02 is missing', era(['CLP*1*1*10*10**12*P1', 'SVC*HC:1']), 'SVC at segment 9', 'has no amount in SVC02.'],
		['an adjustment has no amount', era(['CLP*1*1*10*10**12*P1', 'CAS*CO*45']), 'CAS at segment 9', 'has no amount in CAS03.'],
		['a provider adjustment has no amount', era(['PLB*1*20261231*WO:1']), 'PLB at segment 8', 'has no amount in PLB04.'],
		['BPR02 is no amount', era([], { paid: 'x' }), 'BPR at segment 4', 'has no amount in BPR02.'],
		['CAS stands outside a claim', era(['CAS*CO*45*1']), 'CAS at segment 8', 'stands outside a claim: CLP is missing.'],
		['SVC stands outside a claim', era(['SVC*HC:1*1*1']), 'SVC at segment 8', 'stands outside a claim: CLP is missing.'],
		['CLP stands outside a transaction', STANDARD.replace('ST*835*0001~', ''), 'BPR at segment 3', 'stands outside a transaction: ST is missing.'],
		[
			'the file is cut off',
			STANDARD.slice(0, STANDARD.indexOf('CAS*PR')),
			'ST at segment 3',
			'starts a transaction that never ends: the file is cut off, SE is missing.',
		],
		[
			'SE is missing between two transactions',
			STANDARD.replace(/SE[^~]*~/, 'ST*835*0002~'),
			'ST at segment 13',
			'starts before the transaction of segment 3 ended: SE is missing.',
		],
		['ISA is cut off', 'ISA*00*  ', 'ISA at segment 1', 'is cut off: its 16 elements are not all there.'],
		[
			'two currencies',
			era(PAID) + era(PAID, { head: ['CUR*PR*CAD'] }),
			'CLP at segment 24',
			'is in another currency than the claims before it; amounts of two currencies are not added.',
		],
		[
			'a terminator stands inside a value',
			STANDARD.replace('EXAMPLE HEALTH', 'EXAMPLE~HEALTH'),
			'segment at segment 7',
			'does not start with a segment name; a delimiter inside a value or a cut file is the usual cause.',
		],
	])('is refused whole when %s', (_title, text, position, message) => {
		const refused = failure(text);
		expect(refused.kind).toBe('invalid');
		expect(refused.code).toBe('broken_file');
		expect(refused.message).toBe(`The file can not be read: ${position} ${message} Nothing was imported; ask the payer or clearinghouse for the file again.`);
		expect(refused.fields).toEqual([{ field: position, message }]);
	});

	it.each([
		['a table', 'Account,Balance\n1,2\n'],
		['nothing', ''],
		['a transaction without a payment', 'ST*835*0001~SE*2*0001~'],
	])('is refused when it is %s', (_title, text) => {
		expect(failure(text)).toMatchObject({ kind: 'invalid', code: expect.stringMatching(/^(not_x12|not_835)$/) });
	});

	it('is refused when it holds another kind of transaction only', () => {
		const refused = failure(STANDARD.replace('ST*835', 'ST*277'));
		expect(refused.code).toBe('not_835');
		expect(refused.message).toBe('The file holds no remittance: there is no ST*835 in it. Upload the 835 (ERA), not another kind of X12 file.');
	});

	it('that is cut anywhere is refused, or has lost no claim', () => {
		const whole = JSON.stringify(read(STANDARD).facts);
		const ends = STANDARD.indexOf('SE*');
		for (let length = 1; length < STANDARD.length; length++) {
			const outcome = attempt(STANDARD.slice(0, length));
			if (length < ends + 2) expect(outcome).toBe('invalid');
			else expect([whole, 'invalid']).toContain(outcome);
		}
	});

	it('with any character changed is read or refused, and the refusal repeats nothing of it', () => {
		const text = era(
			['CLP*SECRETNUMBER*1*150*100*20*12*P1', 'NM1*QC*1*SECRETNAME', 'SVC*HC:99213*150*100', 'CAS*CO*45*30', 'CAS*PR*2*20', 'PLB*1*20261231*WO:1*0'],
			{ paid: '100' },
		);
		fc.assert(
			fc.property(fc.nat(text.length - 1), fc.constantFrom('*', '~', ':', 'A', '9', '\n', '-', '.', ' ', '\u0000', '\uD800'), (at, character) => {
				const outcome = attempt(text.slice(0, at) + character + text.slice(at + 1), true);
				expect(outcome).not.toMatch(/SECRET(NUMBER|NAME)/);
			}),
			{ numRuns: 500 },
		);
	});
});

/** The facts as text, or the kind (or words) of the refusal; any other error is a fault of ours and comes through. */
function attempt(text: string, words = false): string {
	try {
		const { facts } = read(text);
		return words ? 'read' : JSON.stringify(facts);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return words ? `${error.message} ${JSON.stringify(error.fields)}` : error.kind;
	}
}
