/** Every rule the product was asked to know is in code or data, or the rules' own readme says why it is not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ABSOLUTE_HOLDS, CHANNELS, HOLD_REASONS } from '../../shared/contracts/words.ts';
import { CARC_TABLE } from '../../shared/rules/denials/carc-data.ts';
import { STATUS_CATEGORIES } from '../../shared/rules/denials/claim-status-data.ts';
import { isKnownStatus } from '../../shared/rules/denials/lines.ts';
import { RARC_TABLE } from '../../shared/rules/denials/rarc-data.ts';
import { PAYMENT_CODES } from '../../shared/rules/events/payment-codes-data.ts';
import { PACKS } from '../../shared/rules/index.ts';

const RULES = join(import.meta.dirname, '../../shared/rules');
const readme = readFileSync(join(RULES, 'README.md'), 'utf8');

const LAWS = [
	'TCPA-HOURS TCPA-CONSENT TCPA-CASELAW TCPA-REVOKE TCPA-CONFIRM TCPA-REVOKE-ALL TCPA-HC-EXEMPT',
	'REGF-7IN7 REGF-TIME REGF-OPTOUT REGF-WHO REGF-VM CANSPAM HIPAA-MIN HIPAA-ALT HIPAA-UNENC',
	'FL-FCCPA MA-2IN7 MA-HOUSEHOLD NYC-DCWP NY-CRA CA-ROSENTHAL CA-SB1061 CO-HB23-1126 MN-62J ND-DELINQ WA-MED',
	'NSA-PPDR 501R-120 FA-NOTICE QMB BK-STAY CFPB-MED 1557-LANG SMS-10DLC FAX',
].flatMap((line) => line.split(' '));

describe('contact law', () => {
	test.each(LAWS.map((id) => [id]))('%s is a pack', (id) => {
		expect(PACKS.map((pack) => pack.id)).toContain(id);
	});

	test('the sales laws of three states are presets, and the readme says so', () => {
		const presets = PACKS.filter((pack) => pack.preset === 'conservative').map((pack) => pack.id);
		expect(presets).toEqual(['CONSERVATIVE', 'TX-SB140', 'FL-SALES', 'WA-SALES']);
		expect(readme).toContain('FL/WA/TX sales laws');
		for (const id of presets) expect(readme).toContain(id);
	});

	test('every note is listed among what is not encoded', () => {
		const missing = readme.slice(readme.indexOf('## What is not encoded'));
		for (const pack of PACKS) if (pack.note === true) expect(missing).toContain(pack.id);
	});

	test('every hold that a law asks for is a hold of ours, and absolute where the law is', () => {
		for (const parameter of PACKS.flatMap((pack) => pack.parameters)) {
			if (parameter.kind !== 'hold') continue;
			expect(Object.keys(HOLD_REASONS)).toContain(parameter.reason);
			if (parameter.absolute === true) expect(ABSOLUTE_HOLDS).toContain(parameter.reason);
		}
	});
});

describe('channels', () => {
	test.each([['sms'], ['voicemail'], ['e-mail'], ['letter'], ['fax'], ['portal']])('what %s may name has its place', (channel) => {
		expect(readme).toMatch(new RegExp(`what each channel may name \\([^)]*${channel}`));
		expect(Object.keys(CHANNELS)).toContain({ voicemail: 'voice', 'e-mail': 'email' }[channel] ?? channel);
	});
});

describe('remittances and claims', () => {
	test.each(['1', '2', '3', '4', '19', '20', '21', '22', '23', '25'].map((code) => [code]))('claim status %s is known', (code) => {
		expect(isKnownStatus(code)).toBe(true);
	});

	test('every adjustment reason of the starter table is there', () => {
		const codes = '1 2 3 204 96 119 27 26 31 177 22 23 45 16 4 11 6 18 29 50 97 236 15 197 198 109 24 19 B7 185 151'.split(' ');
		expect(codes.filter((code) => !CARC_TABLE.some((row) => row.code === code))).toEqual([]);
	});

	test('remarks that forbid to bill cost sharing, and that leave no appeal', () => {
		expect(['N781', 'N782', 'N783', 'MA130'].filter((code) => !RARC_TABLE.some((row) => row.code === code))).toEqual([]);
	});

	test('every category of an acknowledgement is there', () => {
		const codes = 'A0 A1 A2 A3 A4 A5 A6 A7 A8 P0 P1 P2 P3 P4 P5 F0 F1 F2 F3 F4'.split(' ');
		expect(codes.filter((code) => STATUS_CATEGORIES[code] === undefined)).toEqual([]);
	});
});

describe('payments', () => {
	test('every return code of a bank that decides what may be tried again is there', () => {
		const codes = 'R01 R09 R02 R03 R04 R20 R07 R08 R10 R11 R29 R16 R14 R15'.split(' ');
		expect(codes.filter((code) => !PAYMENT_CODES.has(code))).toEqual([]);
	});
});

describe('the readme', () => {
	test('names files that are there', () => {
		const files = [...readme.matchAll(/`([a-z][a-z0-9/-]*(?:\.ts|\/))`/g)].map((match) => match[1] as string);
		expect(files.length).toBeGreaterThan(30);
		expect(files.filter((file) => !existsSync(join(RULES, file)))).toEqual([]);
	});

	test.each(
		[
			'anchor',
			'baseline of an import',
			'daylight saving',
			'business days',
			'thresholds',
			'appointments',
			'ACH',
			'payment plans',
			'promises',
			'disputes',
			'recurring balances',
			'high-deductible',
			'households',
			'minors',
			'confidential',
			'credits',
			'small balances',
			'crossover',
			'deadlines by payer',
			'Days in A/R',
			'DSO',
			'recovery rate',
			'Estate contact',
			'returned checks',
		].map((subject) => [subject]),
	)('says where %s is decided, or why nowhere', (subject) => {
		expect(readme).toContain(subject);
	});
});
