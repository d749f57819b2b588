import { describe, expect, it } from 'vitest';
import type { BalanceFact, ClaimFact } from '../../shared/contracts/facts.ts';
import { readAgingReport } from '../../shared/files/aging-report.ts';
import { readRemittance } from '../../shared/files/remittance.ts';
import { samplePractice } from '../../shared/files/sample/practice.ts';
import { lines } from './era.ts';

const now = '2026-11-24T17:00:00-07:00';
const sample = samplePractice(now);
const report = readAgingReport(sample.agingReport, { now });
const remittance = readRemittance(sample.remittance, { now });
const balances = report.facts.filter((fact): fact is BalanceFact => fact.kind === 'balance');
const claims = remittance.facts.filter((fact): fact is ClaimFact => fact.kind === 'claim');
const accounts = [...new Map(balances.map(({ account }) => [account.yourReference, account])).values()];
const share = (ofAccounts: (account: BalanceFact['account']) => boolean) => accounts.filter(ofAccounts).length;

describe('the sample practice', () => {
	it('is the same for the same day and another for another', () => {
		expect(samplePractice('2026-11-24T01:00:00-07:00')).toEqual(sample);
		expect(samplePractice('2026-11-25T01:00:00-07:00')).not.toEqual(sample);
	});

	it('has a report that is read without a problem', () => {
		expect(report.problems).toEqual([]);
		expect(report.summary).toEqual({
			currency: 'USD',
			rows: 228,
			accounts: 66,
			balances: 228,
			rejectedRows: 0,
			duplicateRows: 0,
			zeroBalances: 0,
			owedMinor: 5_386_123,
			credits: 3,
			creditMinor: 19_369,
		});
	});

	it('has balances that reach 7, 15 and 30 days on the day, of accounts that may be told', () => {
		const ready = balances.filter(
			({ account, finalPatientShare }) => finalPatientShare && account.consent?.some(({ channel, granted }) => channel === 'email' && granted) && account.email,
		);
		for (const day of ['2026-11-17', '2026-11-09', '2026-10-25'])
			expect(ready.filter(({ firstNoticeDate }) => firstNoticeDate === day).length).toBeGreaterThanOrEqual(4);
		const dates = balances.map(({ firstNoticeDate }) => firstNoticeDate ?? '').sort();
		expect([dates[0], dates.at(-1)]).toEqual(['2026-07-27', '2026-11-24']);
	});

	it('has people who must not be told, or not yet, or otherwise', () => {
		expect(share(({ deceased }) => deceased === true)).toBe(1);
		expect(share(({ bankruptcy }) => bankruptcy === true)).toBe(1);
		expect(share(({ qmb }) => qmb === true)).toBe(1);
		expect(balances.filter(({ disputed }) => disputed)).toHaveLength(3);
		expect(balances.filter(({ finalPatientShare }) => finalPatientShare === false).length).toBeGreaterThan(10);
		expect(balances.filter(({ finalPatientShare }) => finalPatientShare === undefined).length).toBeGreaterThan(10);
		expect(balances.filter(({ amountMinor }) => amountMinor > 0 && amountMinor < 500).length).toBeGreaterThan(10);
		expect(share(({ language }) => language === 'es')).toBe(11);
		const consent = (granted: boolean | undefined) => share((account) => account.consent?.find(({ channel }) => channel === 'sms')?.granted === granted);
		expect([consent(true) > 20, consent(false) > 5, consent(undefined) > 5]).toEqual([true, true, true]);
		expect(share(({ email }) => email === undefined)).toBeGreaterThan(2);
	});

	it('lives where clocks differ inside one state', () => {
		expect(new Set(accounts.map(({ state }) => state))).toEqual(new Set(['AZ', 'HI', 'IN', 'MA', 'NY', 'FL', 'TX', 'CA', 'WA', 'CO']));
		expect(new Set(accounts.filter(({ state }) => state === 'IN').map(({ zip }) => zip)).size).toBe(3);
	});

	it('names nobody: fictional numbers, example.com, each number and address once', () => {
		const phones = accounts.flatMap(({ phone }) => phone ?? []);
		const emails = accounts.flatMap(({ email }) => email ?? []);
		expect(phones.every((phone) => /^\+1\d{3}55501\d{2}$/.test(phone))).toBe(true);
		expect(emails.every((email) => email.endsWith('@example.com'))).toBe(true);
		expect(new Set([...phones, ...emails]).size).toBe(phones.length + emails.length);
		expect(new Set(accounts.map(({ name }) => name)).size).toBe(accounts.length);
	});

	it('has a remittance whose counts and totals are right', () => {
		expect(remittance.problems).toEqual([]);
		expect(remittance.warnings).toEqual([
			'Claim numbers (CLP01) with a dash were read as account number and invoice number (segment 13, 20, 31, 38, 45 and 8 more).',
			"Provider-level adjustments (PLB) change what was paid and are no patient's: L6 (interest) adds $1.32, WO (overpayment recovered) takes off $45.00.",
		]);
		expect(remittance.summary).toMatchObject({
			claims: 14,
			lines: 15,
			deniedClaims: 5,
			deniedLines: 5,
			reversedClaims: 1,
			nettedReversals: 1,
			claimsWithInvoice: 13,
			paidMinor: 65_900,
			patientMinor: 58_920,
			deniedMinor: 166_400,
			providerAdjustmentMinor: 4_368,
			payments: [{ amountMinor: 61_532, balanced: true }],
		});
		expect(sample.remittance.split('~')[0]).toHaveLength(105);
	});

	it('shows each thing a payer does once or more', () => {
		expect(claims.map((claim) => [claim.statusCode, ...lines(claim)].join(', '))).toEqual([
			'1, adjudicated 2500',
			'1, adjudicated 7200, adjudicated 2800',
			'1, adjudicated 26420',
			'1, adjudicated 14000',
			'1, denied_open 0 fix_resubmit',
			'1, denied_open 0 appeal',
			'1, denied_open 0 authorization',
			'1, adjudicated 2500, denied_open 0 coding',
			'1, adjudicated 3500',
			'19, crossover 2400',
			'1, never_bill 3000',
			'1, denied_open 0 eligibility',
			'22, reversed -1000',
		]);
	});

	it('has claims that meet their invoices, with the date and amount of the report', () => {
		for (const claim of claims) {
			const balance = balances.find(({ account, invoice }) => account.yourReference === claim.account.yourReference && invoice === claim.invoice);
			expect(balance?.serviceDate).toBe(claim.lines[0]?.serviceDate);
			if (claim.lines.every(({ state }) => state === 'adjudicated'))
				expect(balance?.amountMinor).toBe(claim.lines.reduce((sum, { patientMinor }) => sum + patientMinor, 0));
		}
	});
});
