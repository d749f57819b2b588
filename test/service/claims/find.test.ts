import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { createAccount, createPractice, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { acknowledgement, type Claims, claimsOf, clp } from './kit.ts';

let service: Running;
let practice: TestPractice;
let claims: Claims;
const refs: Record<string, string> = {};

const rule = (id: string, payer: string, days: number) => ({ id, payer, file_days: days, appeal_days: days, receipt_days: 0, source: 'contract' });

beforeAll(async () => {
	service = await startService();
	practice = await createPractice(service.url, {
		twilio: false,
		policy: { claims: { ...DEFAULT_POLICY.claims, payers: [rule('example_plan', 'Example Health Plan', 60)] } },
	});
	claims = claimsOf(service, practice);
	for (const number of ['1', '2', '3', '4', '5']) await createAccount(practice, { your_reference: number, amount: 500, fields: { invoice: '1' } });
	await claims.answer(
		[
			...clp('1-1', '1', [{ charge: 100, cas: ['CAS*CO*50*100'] }]),
			...clp('2-1', '1', [{ charge: 900, cas: ['CAS*CO*29*900'] }]),
			...clp('3-1', '1', [
				{ charge: 300, cas: ['CAS*CO*197*300'] },
				{ charge: 50, paid: 50 },
			]),
			...clp('4-1', '1', [{ charge: 70, paid: 70 }]),
		],
		'T1',
	);
	await claims.acknowledge(acknowledgement('5-1', 'A7:562:85'));
	for (const row of await claims.rows()) refs[row.your_reference] = row.claim_ref;
	await claims.record({ status: 'appealed', claim_ref: refs['1-1'], owner: 'denials_team' });
});
afterAll(() => service.close());

const find = (query = '') => practice.must('GET', `/api/claims/find${query}`);
const found = async (query = '') =>
	(await find(query)).items.map((item: { claim_ref: string }) => Object.entries(refs).find(([, ref]) => ref === item.claim_ref)?.[0]);

describe('find_claims', () => {
	it('lists what there is work on, by what work brings back', async () => {
		// 300 × 50 %, 900 × 15 %, 100 × 90 % (rejected), 100 × 45 % (appealed).
		expect(await found()).toEqual(['3-1', '2-1', '5-1', '1-1']);
		const list = await find();
		expect(list).toMatchObject({ claim_count: 4, total: 1400, total_text: '$1,400.00', currency: 'USD', next_deadline_on: '2026-12-31' });
		expect(list.items[0]).toEqual({
			claim_ref: refs['3-1'],
			account_ref: expect.stringMatching(/^acc_/),
			payer: 'EXAMPLE HEALTH PLAN',
			status: 'denied',
			category: 'authorization',
			amount: 300,
			amount_text: '$300.00',
			lines_text: '1',
			codes_text: 'CO-197',
			deadline_on: '2026-12-31',
			deadline_rule: 'example_plan',
			owner: '',
			what_to_do_text: 'Find the authorization or ask for a retroactive one, then resubmit or appeal.',
			link: expect.stringContaining('/api/accounts/acc_'),
		});
		expect(list.items_text.split('\n')[0]).toBe(`${refs['3-1']}  ${list.items[0].account_ref}  $300.00  denied, authorization  by 2026-12-31 (example_plan)`);
	});

	it.each<[string, string[]]>([
		['?status=appealed', ['1-1']],
		['?status=rejected', ['5-1']],
		['?status=adjudicated', ['4-1']],
		['?owner=denials_team', ['1-1']],
		['?category=late', ['2-1']],
		['?category=authorization&owner=denials_team', []],
		['?payer=EXAMPLE%20HEALTH%20PLAN&minimum_amount=200', ['3-1', '2-1']],
		['?payer=OTHER', []],
		['?your_reference=3', ['3-1']],
		['?deadline_before=2026-12-31', []],
	])('filters by %s', async (query, expected) => {
		expect(await found(query)).toEqual(expected);
	});

	it('puts what is about to be lost first, whatever it is worth', async () => {
		service.clock.now = Date.parse('2027-01-13T17:00:00Z');
		// Six days are left to appeal the first two; of the others the day to file has passed.
		expect(await found()).toEqual(['2-1', '1-1', '3-1', '5-1']);
		expect((await find()).next_deadline_on).toBe('2027-01-19');
	});

	it('refuses an account that is none, and another mode’s claims are not there', async () => {
		expect((await practice.call('GET', '/api/claims/find?your_reference=99')).status).toBe(404);
		const other = await fetch(`${practice.url}/api/claims/find`, { headers: { authorization: `Bearer ${practice.test}` } });
		expect(await other.json()).toMatchObject({ claim_count: 0, items: [], items_text: '' });
	});
});
