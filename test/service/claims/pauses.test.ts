import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { days, settle } from '../flow/kit.ts';
import { type Claims, claimsOf, clp } from './kit.ts';

let service: Running;
let practice: TestPractice;
let claims: Claims;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false, policy: { max_balance_age_hours: 8760 } });
	claims = claimsOf(service, practice);
});

const DENIED = [{ charge: 100, cas: ['CAS*PR*204*100'] }];
const age = async (): Promise<number> => (await practice.must('GET', '/api/accounts/find?your_reference=10023')).days_overdue;
const deny = async () => {
	await claims.answer(clp('10023-501', '1', DENIED));
	return (await claims.rows())[0]?.claim_ref ?? '';
};
const release = (claim: string) => claims.record({ status: 'released_to_patient', claim_ref: claim, evidence_kind: 'waiver', evidence: 'waiver 12' });
const hold = (scope: string) =>
	practice.must('POST', '/api/holds', { scope, reason: 'staff_review', your_reference: '10023', ...(scope === 'invoice' ? { invoice: '501' } : {}) });
const resume = (scope: string) =>
	practice.must('POST', '/api/holds/release', { scope, your_reference: '10023', ...(scope === 'invoice' ? { invoice: '501' } : {}) });

/** Ten days old on the first day. */
const account = () => createAccount(practice, { your_reference: '10023', amount: 100, days: 10, fields: { invoice: '501' } });

describe('an invoice that lies with the payer', () => {
	it('does not age, and goes on from where it stood', async () => {
		await account();
		const claim = await deny();
		expect(await age()).toBe(10);
		await days(service, practice, 20);
		expect(await age()).toBe(10);
		expect((await claims.invoice('501')).paused_days).toBe(0);
		await release(claim);
		expect(await claims.invoice('501')).toMatchObject({ paused_days: 20, insurance_since: null });
		expect(await age()).toBe(10);
		await days(service, practice, 4);
		expect(await age()).toBe(14);
	});

	it('raises its next milestone as many days later as it stood with the payer', async () => {
		await account();
		await settle(service, practice);
		expect((await claims.invoice('501')).raised_days).toBe(7);
		const claim = await deny();
		await days(service, practice, 20);
		await release(claim);
		await days(service, practice, 4);
		expect((await claims.invoice('501')).raised_days).toBe(7);
		await days(service, practice, 1);
		expect((await claims.invoice('501')).raised_days).toBe(15);
	});

	it.each<[string, (claim: string) => Promise<void>]>([
		[
			'a hold inside it',
			async (claim) => {
				await days(service, practice, 5);
				await hold('invoice');
				await days(service, practice, 5);
				await resume('invoice');
				await days(service, practice, 10);
				await release(claim);
			},
		],
		[
			'a hold that outlasts it',
			async (claim) => {
				await days(service, practice, 5);
				await hold('account');
				await days(service, practice, 5);
				await release(claim);
				await days(service, practice, 10);
				await resume('account');
			},
		],
		[
			'a hold that began before it',
			async (claim) => {
				await days(service, practice, 20);
				await release(claim);
				await resume('account');
			},
		],
	])('counts no day twice beside %s', async (name, run) => {
		await account();
		if (name.includes('before')) await hold('account');
		const claim = await deny();
		await run(claim);
		expect(await claims.invoice('501')).toMatchObject({ paused_days: 20, insurance_since: null });
		expect(await age()).toBe(10);
	});

	it('stops when its balance is recorded after the remittance, and at once when its import is undone', async () => {
		const done = await claims.answer(clp('10023-501', '1', DENIED));
		await account();
		await settle(service, practice);
		expect((await claims.invoice('501')).insurance_since).not.toBeNull();
		await practice.must('POST', `/api/imports/${done.import_ref}/undo`);
		expect(await claims.invoice('501')).toMatchObject({ insurance_since: null, paused_days: 0 });
	});

	it('goes on while some of it is the patient’s', async () => {
		await account();
		await claims.answer(clp('10023-501', '1', [...DENIED, { charge: 50, paid: 40, cas: ['CAS*PR*2*10'] }]));
		await service.advance(3 * DAY);
		expect(await age()).toBe(13);
	});
});
