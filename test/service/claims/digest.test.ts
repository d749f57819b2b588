import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { eventsOf, type Listener, startListener, subscribe } from '../flow/kit.ts';
import { type Claims, claimsOf, clp, HALF_DENIED } from './kit.ts';

let service: Running;
let practice: TestPractice;
let claims: Claims;
let listener: Listener;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	listener = await startListener();
	// No summer time: eight in the morning is 15:00 UTC all year.
	practice = await createPractice(service.url, { twilio: false, zone: 'America/Phoenix' });
	claims = claimsOf(service, practice);
	await createAccount(practice, { your_reference: '10023', amount: 170, fields: { invoice: '501' } });
	await createAccount(practice, { your_reference: '10024', amount: 170, fields: { invoice: '601' } });
});
afterEach(() => listener[Symbol.asyncDispose]());

const sweep = async (at: string) => {
	service.clock.now = Date.parse(at);
	await service.useCases.handlers.sweep({ practice_id: practice.id });
	await service.work();
};
const twoDenials = async () => {
	await claims.answer(clp('10023-501', '1', HALF_DENIED));
	await claims.answer(clp('10024-601', '1', [{ charge: 60, cas: ['CAS*PR*204*60'] }]), 'T200');
};

describe('denials once a day', () => {
	it('are one delivery at eight in Arizona, in the shape of a denial, beside those told at once', async () => {
		await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { deliver: 'daily_digest' });
		await subscribe(practice, 'claim_denied', `${listener.url}/once`, { deliver: 'at_once' });
		await subscribe(practice, 'claim_denied', `${listener.url}/default`);
		await twoDenials();
		expect([listener.at('/once').length, listener.at('/default').length, listener.at('/daily').length]).toEqual([2, 2, 0]);
		await sweep('2026-11-25T14:59:00Z');
		expect(listener.at('/daily')).toEqual([]);
		await sweep('2026-11-25T15:00:00Z');
		await sweep('2026-11-25T15:01:00Z');
		const [first, second] = listener.at('/once');
		expect(listener.at('/daily')).toEqual([
			{
				...first,
				event_id: expect.stringMatching(/^evt_/),
				occurred_at: '2026-11-25T08:00:00-07:00',
				raised_by: 'review',
				account_ref: '',
				claim_ref: '',
				amount: 205,
				amount_text: '$205.00',
				summary: '2 claims were denied or rejected: $205.00 in all.',
				reasons_text: '2 lines are denied. They are not asked of the patients.',
				can_contact: false,
				blocked_reasons_text: 'What is denied is not owed while the denial is open.',
				payer: 'EXAMPLE HEALTH PLAN',
				category: '',
				codes_text: 'CO-197, PR-204',
				codes_explained_text: `${first.codes_explained_text}\n${second.codes_explained_text}`,
				lines_text: [first, second]
					.map((event) => `${event.claim_ref}  ${event.account_ref}  EXAMPLE HEALTH PLAN  ${event.codes_text}  ${event.amount_text}`)
					.join('\n'),
				line_count: 2,
				line_total: 3,
				what_to_do_text: `${first.what_to_do_text}\n${second.what_to_do_text}`,
				is_digest: true,
				claim_count: 2,
				card_json: expect.stringContaining('2 claims were denied'),
				link: 'https://dunwell.example',
			},
		]);
		expect(Object.keys(listener.at('/daily')[0]).sort()).toEqual(Object.keys(first).sort());
	});

	it('keep what came at eight or later for the next day, and tell nothing when nothing came', async () => {
		await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { deliver: 'daily_digest' });
		await twoDenials();
		await sweep('2026-11-25T16:00:00Z');
		await createAccount(practice, { your_reference: '10025', amount: 80, fields: { invoice: '701' } });
		await claims.answer(clp('10025-701', '1', [{ charge: 80, cas: ['CAS*CO*197*80'] }]), 'T300');
		await sweep('2026-11-25T23:00:00Z');
		expect(listener.at('/daily').map((event) => event.amount)).toEqual([205]);
		await sweep('2026-11-26T15:00:00Z');
		await sweep('2026-11-27T15:00:00Z');
		expect(listener.at('/daily').map((event) => [event.amount, event.claim_count, event.line_count])).toEqual([
			[205, 2, 2],
			[80, 1, 1],
		]);
		expect(listener.at('/daily')[1]).toMatchObject({
			category: 'authorization',
			account_ref: expect.stringMatching(/^acc_/),
			claim_ref: expect.stringMatching(/^clm_/),
		});
	});

	it('are told after days on which nothing ran, all of them', async () => {
		await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { deliver: 'daily_digest' });
		await twoDenials();
		await sweep('2026-11-30T20:00:00Z');
		expect(listener.at('/daily').map((event) => event.claim_count)).toEqual([2]);
	});

	it('are the policy’s choice where a subscription does not choose, and keep its filters', async () => {
		await practice.setup('PUT', '/policy', {
			...DEFAULT_POLICY,
			settle_minutes: 0,
			claims: { ...DEFAULT_POLICY.claims, alert: 'daily_digest', digest_at: '07:30' },
		});
		await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { category: 'authorization' });
		await subscribe(practice, 'claim_denied', `${listener.url}/once`, { deliver: 'at_once' });
		await twoDenials();
		expect([listener.at('/once').length, listener.at('/daily').length]).toEqual([2, 0]);
		await sweep('2026-11-25T14:30:00Z');
		expect(listener.at('/daily').map((event) => [event.occurred_at, event.amount, event.is_digest])).toEqual([['2026-11-25T07:30:00-07:00', 145, true]]);
	});

	it('are not listed as events of their own, and are no work for the retries of lost deliveries', async () => {
		await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { deliver: 'daily_digest' });
		await twoDenials();
		await sweep('2026-11-25T14:00:00Z');
		expect(listener.at('/daily')).toEqual([]);
		await sweep('2026-11-25T15:00:00Z');
		expect((await eventsOf(practice, 'claim_denied')).map((event) => event.is_digest)).toEqual([false, false]);
	});

	it('go to nobody after the subscription ended', async () => {
		const { leave } = await subscribe(practice, 'claim_denied', `${listener.url}/daily`, { deliver: 'daily_digest' });
		await twoDenials();
		await fetch(`${practice.url}${leave}`, { method: 'DELETE' });
		await sweep('2026-11-25T15:00:00Z');
		expect(listener.heard).toEqual([]);
	});
});
