import { describe, expect, it } from 'vitest';
import type { AcknowledgementFact } from '../../shared/contracts/facts.ts';
import { readAcknowledgement } from '../../shared/files/acknowledgement.ts';

const NOW = '2026-11-24T18:00:00Z';

interface Shape {
	component?: string;
	element?: string;
	terminator?: string;
	source?: string;
	made?: string;
}

/** A 277CA: source, receiver, provider, then one patient loop for each list of segments. */
function ack(
	claims: string[][],
	{ component = ':', element = '*', terminator = '~', source = 'NM1*PR*2*EXAMPLE HEALTH PLAN*****PI*EX01', made = '20261120*0930' }: Shape = {},
): string {
	const loops = claims.flatMap((claim, index) => [`HL*${index + 4}*3*PT`, 'NM1*QC*1*SURNAME*GIVEN****MI*MEMBER9', ...claim]);
	const body = [
		'ST*277*0001*005010X214',
		`BHT*0085*08*REF1*${made}*TH`,
		'HL*1**20*1',
		source,
		'TRN*1*0091182',
		'DTP*050*D8*20261119',
		'HL*2*1*21*1',
		'NM1*41*2*BILLING SERVICE*****46*S00003',
		'TRN*2*BATCH7',
		'STC*A1:19:PR*20261120*WQ*365.5',
		'QTY*90*3',
		'HL*3*2*19*1',
		'NM1*85*2*SAMPLE PRACTICE*****XX*1234567893',
		...loops,
	];
	const segments = [
		`ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'PAYER'.padEnd(15)}*ZZ*${'PRACTICE'.padEnd(15)}*261120*2200*^*00501*000000017*0*T*:`,
		'GS*HN*PAYER*PRACTICE*20261120*2230*17*X*005010X214',
		...body,
		`SE*${body.length + 1}*0001`,
		'GE*1*17',
		'IEA*1*000000017',
	];
	return segments.map((segment) => segment.replaceAll(':', component).replaceAll('*', element) + terminator).join('\n');
}

const read = (text: string) => readAcknowledgement(text, { now: NOW });
const only = (segments: string[], shape?: Shape): AcknowledgementFact | undefined => {
	const [fact] = read(ack([segments], shape)).facts;
	return fact?.kind === 'acknowledgement' ? fact : undefined;
};
const ACCEPTED = ['TRN*2*10023-5001', 'STC*A2:20:PR*20261120*WQ*100', 'REF*1K*220216359803X', 'DTP*472*RD8*20261003-20261005'];
const REJECTED = ['TRN*2*10024', 'STC*A7:21:85*20261120*U*65.50******A7:562:85', 'DTP*472*D8*20261003'];

describe('an acknowledgement', () => {
	it('becomes one fact for each claim', () => {
		const { facts, problems, warnings, summary } = read(ack([ACCEPTED, REJECTED]));
		expect(facts).toEqual([
			{
				kind: 'acknowledgement',
				source: 'import',
				account: { yourReference: '10023' },
				currency: 'USD',
				asOf: '2026-11-20T09:30:00Z',
				claim: '10023-5001',
				payerClaim: '220216359803X',
				sender: 'EXAMPLE HEALTH PLAN',
				senderKind: 'payer',
				outcome: 'accepted',
				category: 'A2',
				statusCode: '20',
				statuses: [{ category: 'A2', status: '20', entity: 'PR' }],
				text: 'Accepted for adjudication (A2): payer: accepted for processing.',
				effectiveOn: '2026-11-20',
				serviceFrom: '2026-10-03',
				chargeMinor: 10_000,
				invoice: '5001',
			},
			{
				kind: 'acknowledgement',
				source: 'import',
				account: { yourReference: '10024' },
				currency: 'USD',
				asOf: '2026-11-20T09:30:00Z',
				claim: '10024',
				sender: 'EXAMPLE HEALTH PLAN',
				senderKind: 'payer',
				outcome: 'rejected',
				category: 'A7',
				statusCode: '21',
				statuses: [
					{ category: 'A7', status: '21', entity: '85' },
					{ category: 'A7', status: '562', entity: '85' },
				],
				text: 'Rejected: information wrong (A7): billing provider: information missing or wrong; billing provider: provider number (NPI).',
				effectiveOn: '2026-11-20',
				serviceFrom: '2026-10-03',
				chargeMinor: 6_550,
			},
		]);
		expect(problems).toEqual([]);
		expect(warnings).toEqual([]);
		expect(summary).toEqual({
			currency: 'USD',
			claims: 2,
			accepted: 1,
			rejected: 1,
			pending: 0,
			finalised: 0,
			unknown: 0,
			rejectedMinor: 6_550,
			senders: ['EXAMPLE HEALTH PLAN'],
		});
	});

	it.each([
		['A0:16:PR', 'pending'],
		['A1:19:PR', 'pending'],
		['A2:20:PR', 'accepted'],
		['A3:21:82', 'rejected'],
		['A4:35', 'unknown'],
		['A5:15', 'pending'],
		['A6:21:IL', 'rejected'],
		['A7:164:IL', 'rejected'],
		['A8:187', 'rejected'],
		['P0:46', 'pending'],
		['P5:46', 'pending'],
		['F1:65', 'finalised'],
		['F2:1', 'finalised'],
		['R3:123', 'pending'],
		['E1:0', 'unknown'],
		['D0:35', 'unknown'],
		['X9:1', 'unknown'],
	])('with the status %s is %s', (status, outcome) => {
		expect(only(['TRN*2*1', `STC*${status}*20261120*WQ*10`])?.outcome).toBe(outcome);
	});

	it('is rejected when one of its lines is, and says which', () => {
		const fact = only([
			'TRN*2*1',
			'STC*A2:20:PR*20261120*WQ*500',
			'SVC*HC:95004*300*****1',
			'STC*A2:20*20261120',
			'SVC*HC:95165*200*****1',
			'STC*A3:122**U*******A3:153:82',
			'REF*FJ*11',
		]);
		expect(fact).toMatchObject({
			outcome: 'rejected',
			category: 'A3',
			chargeMinor: 50_000,
			text: 'Returned as unprocessable (A3): line 2, data missing or wrong; line 2, rendering provider: identifier.',
		});
		expect(fact?.statuses).toHaveLength(4);
	});

	it('says what it does not know by its number', () => {
		expect(only(['TRN*2*1', 'STC*A3:9999:ZZ*20261120*U*10'])?.text).toBe('Returned as unprocessable (A3): entity ZZ: status code 9999.');
	});

	it('never carries names or free text of the file', () => {
		const text = JSON.stringify(read(ack([['TRN*2*1', 'STC*A3:21*20261120*U*10********FREETEXT ABOUT SURNAME']])));
		expect(text).not.toMatch(/SURNAME|GIVEN|MEMBER9|FREETEXT/);
	});

	it('comes from a clearinghouse when that speaks', () => {
		expect(only(ACCEPTED, { source: 'NM1*AY*2*FIRST CLEARINGHOUSE*****46*CL01' })).toMatchObject({
			sender: 'FIRST CLEARINGHOUSE',
			senderKind: 'clearinghouse',
		});
		expect(only(ACCEPTED, { source: 'NM1*PR*2******PI*EX01' })?.sender).toBe('EX01');
		expect(only(ACCEPTED, { source: 'NM1*PR*2' })?.sender).toBe('Unknown sender');
		expect(only(ACCEPTED, { source: 'NM1*ZZ*2*WHO' })?.sender).toBe('Unknown sender');
	});

	it.each([
		[
			'the later day, wherever it stands',
			[
				['TRN*2*1', 'STC*A3:21*20261121*U*10'],
				['TRN*2*1', 'STC*A1:19*20261120*WQ*10'],
			],
			'rejected',
		],
		[
			'the later place on the same day',
			[
				['TRN*2*1', 'STC*A1:19*20261120*WQ*10'],
				['TRN*2*1', 'STC*A2:20*20261120*WQ*10'],
			],
			'accepted',
		],
		[
			'the later place without days',
			[
				['TRN*2*1', 'STC*A1:19'],
				['TRN*2*1', 'STC*A2:20'],
			],
			'accepted',
		],
	])('of several for one claim and sender is the latest: %s', (_title, loops, outcome) => {
		const { facts, summary } = read(ack(loops));
		expect(facts.map((fact) => fact.kind === 'acknowledgement' && fact.outcome)).toEqual([outcome]);
		expect(summary.claims).toBe(2);
	});

	it('of two senders is two facts', () => {
		const { facts } = read(ack([ACCEPTED]) + ack([ACCEPTED], { source: 'NM1*AY*2*FIRST CLEARINGHOUSE*****46*CL01' }));
		expect(facts.map((fact) => fact.kind === 'acknowledgement' && fact.sender)).toEqual(['EXAMPLE HEALTH PLAN', 'FIRST CLEARINGHOUSE']);
	});

	it('may name several claims of one patient', () => {
		expect(read(ack([[...ACCEPTED, ...REJECTED]])).facts).toHaveLength(2);
	});

	it('takes the latest day of its statuses and the first day of service', () => {
		expect(
			only([
				'TRN*2*1',
				'STC*A2:20*20261121*WQ*10',
				'STC*A2:20*20261119',
				'STC*A2:20*20260231',
				'DTP*472*D8*20261007',
				'DTP*472*D8*20261003',
				'DTP*472*D8*20261009',
				'DTP*472*D8',
				'DTP*050*D8*20260101',
			]),
		).toMatchObject({
			effectiveOn: '2026-11-21',
			serviceFrom: '2026-10-03',
		});
	});

	it.each([
		['the group, when the file does not say when it was made', '*', '2026-11-20T22:30:00Z'],
		['now, when the file claims to be from the future', '20270101*0900', NOW],
	])('is known since %s', (_title, made, asOf) => {
		expect(only(ACCEPTED, { made })?.asOf).toBe(asOf);
	});

	it.each([
		['bars, carets and line feeds', { element: '|', component: '^', terminator: '\n' }],
		['control characters', { element: '\u001d', component: '\u001f', terminator: '\u001c' }],
	])('is read with %s as delimiters', (_title, shape) => {
		expect(read(ack([ACCEPTED, REJECTED], shape)).facts).toEqual(read(ack([ACCEPTED, REJECTED])).facts);
	});

	it.each(['', '0', '000000'])('without a claim number ("%s") is a problem, and the others are kept', (number) => {
		const { facts, problems } = read(ack([[`TRN*2*${number}`, 'STC*A3:401*20261120*U*300'], ACCEPTED]));
		expect(facts).toHaveLength(1);
		expect(problems).toEqual([
			{ position: 'TRN at segment 18', field: 'TRN02', message: 'The claim has no claim number, so its account is unknown; look for it by hand.' },
		]);
	});

	it('passes over transactions of another kind and says so', () => {
		const { facts, warnings } = read(ack([ACCEPTED]).replace('ST*277*0001*005010X214~', 'ST*835*0009~\nTRN*1*X~\nSE*3*0009~\nST*277*0001*005010X214~'));
		expect(facts).toHaveLength(1);
		expect(warnings).toEqual(['A transaction that is not a 277 was passed over (segment 3).']);
	});

	const STANDARD = ack([ACCEPTED]);
	it.each([
		['STC01 is blank', ack([['TRN*2*1', 'STC**20261120*U*10']]), 'STC at segment 19', 'has no status (STC01).'],
		['STC04 is no amount', ack([['TRN*2*1', 'STC*A2:20*20261120*WQ*secret']]), 'STC at segment 19', 'has no amount in STC04.'],
		['STC is missing', ack([['TRN*2*1', 'REF*1K*1']]), 'TRN at segment 18', 'names a claim without a status: STC is missing.'],
		[
			'SE is missing',
			STANDARD.slice(0, STANDARD.indexOf('SE*')),
			'ST at segment 3',
			'starts a transaction that never ends: the file is cut off, SE is missing.',
		],
		['ST is missing', STANDARD.replace('ST*277*0001*005010X214~', ''), 'HL at segment 4', 'stands outside a transaction: ST is missing.'],
		[
			'two transactions run together',
			STANDARD.replace(/\nSE\*[^~]*~/, '\nST*277*0002~'),
			'ST at segment 22',
			'starts before the transaction of segment 3 ended: SE is missing.',
		],
	])('is refused whole when %s', (_title, text, position, message) => {
		expect(() => read(text)).toThrow(
			`The file can not be read: ${position} ${message} Nothing was imported; ask the payer or clearinghouse for the file again.`,
		);
	});

	it('is refused when it is a remittance', () => {
		expect(() => read(STANDARD.replace('ST*277', 'ST*835'))).toThrow('there is no ST*277 in it');
	});
});
