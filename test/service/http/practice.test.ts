/** The API with everything behind it: what one practice may see and do, over a real server and the real use cases. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsOf } from '../../../shared/contracts/validate.ts';
import { operations } from '../../../shared/operations/registry.ts';
import type { UseCases } from '../../../shared/service/types.ts';
import { createUseCases } from '../../../shared/service/use-cases.ts';
import { LEDGERS } from '../../kit/database.ts';
import { type CallOptions, OPERATOR_KEY, type Reply, startService, type TestService } from './kit.ts';

describe.each(LEDGERS)('$title', ({ kind, skip }) => {
	if (skip) return it.skip('is not run without a server', () => undefined);

	let service: TestService;
	let useCases: UseCases;
	const keys = {} as Record<'alpha' | 'alpha_test' | 'beta', string>;

	let subscriber: Server;
	let callback: string;
	let answerWith = 200;
	const heard: Record<string, unknown>[] = [];

	beforeAll(async () => {
		service = await startService(
			(deps) => {
				useCases = createUseCases(deps);
				return useCases;
			},
			{ database: kind },
		);
		for (const name of ['alpha', 'beta'] as const) {
			const { json } = await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body: { name, time_zone: 'America/New_York' } });
			keys[name] = json.keys[0].api_key;
			if (name === 'alpha') keys.alpha_test = json.keys[1].api_key;
		}
		subscriber = createServer(async (request, response) => {
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			heard.push(JSON.parse(Buffer.concat(chunks).toString()));
			response.writeHead(answerWith).end();
		});
		await new Promise<void>((resolve) => subscriber.listen(0, '127.0.0.1', resolve));
		callback = `http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/hook`;
	});
	afterAll(async () => {
		await service.close();
		subscriber.close();
	});

	const call = (key: keyof typeof keys, method: string, path: string, body?: object, options: CallOptions = {}): Promise<Reply> =>
		service.call(method, path, { key: keys[key], body, ...options });
	const drain = () => service.deps.ledger.queue.drain(useCases.handlers, Date.now() + 10_000);
	const daysAgo = (days: number): string => new Date(service.clock.now - days * 86_400_000).toISOString().slice(0, 10);

	describe('a balance', () => {
		let accountRef: string;

		it('is recorded, and the answer is what the operation declares', async () => {
			const { status, json } = await call('alpha', 'POST', '/api/balances', {
				your_reference: 'A-1',
				invoice: 'I-1',
				amount: 84.2,
				first_notice_date: daysAgo(3),
				final_patient_share: true,
			});
			expect([status, errorsOf(operations.record_balance.output, json)]).toEqual([200, []]);
			accountRef = json.account_ref;
		});

		it('belongs to its practice alone: for others its reference does not exist', async () => {
			const calls: [string, string, object?][] = [
				['GET', `/api/accounts/find?account_ref=${accountRef}`],
				['GET', `/api/accounts/explain?account_ref=${accountRef}`],
				['GET', `/api/reminders/preview?account_ref=${accountRef}`],
				['GET', `/api/accounts/${accountRef}`],
				['POST', '/api/balances', { account_ref: accountRef, amount: 1 }],
				['POST', '/api/payments', { account_ref: accountRef, payment: 'P-1', amount: 1, status: 'succeeded' }],
				['POST', '/api/reminders', { account_ref: accountRef }],
				['POST', '/api/reminders/prepare', { account_ref: accountRef }],
				['POST', '/api/holds', { account_ref: accountRef, scope: 'account', reason: 'dispute' }],
				['POST', '/api/accounts', { account_ref: accountRef, language: 'es' }],
				['POST', '/api/escalations', { account_ref: accountRef, reason: 'other', title: 'x' }],
			];
			for (const key of ['beta', 'alpha_test'] as const) {
				for (const [method, path, body] of calls) {
					const { status, json } = await call(key, method, path, body);
					expect([key, method, path, status, json.type]).toEqual([key, method, path, 404, 'urn:dunwell:problem:missing']);
					expect(JSON.stringify(json)).not.toContain('84.2');
				}
			}
			expect((await call('alpha', 'GET', `/api/accounts/find?account_ref=${accountRef}`)).json).toMatchObject({ account_ref: accountRef, amount: 84.2 });
		});

		it('with an idempotency key is recorded once; the same key with another body is 409', async () => {
			const send = (amount: number) => call('alpha', 'POST', '/api/balances', { your_reference: 'A-2', amount }, { headers: { 'idempotency-key': 'once' } });
			const first = await send(10);
			const again = await send(10);
			expect([first.json.duplicate, again.json]).toEqual([false, { ...first.json, duplicate: true }]);
			expect((await send(11)).json).toMatchObject({ status: 409, code: 'idempotency_key_reused' });
			expect((await call('alpha', 'GET', '/api/accounts/find?your_reference=A-2')).json.amount).toBe(10);
		});

		it('that cannot be is refused with nothing half-written', async () => {
			const before = (await call('alpha', 'GET', '/api/setup/audit/check')).json.entries;
			for (const body of [
				{ your_reference: 'A-3', amount: -5 },
				{ your_reference: 'A-3', amount: 10_000_001 },
				{ your_reference: 'A-3', amount: 1.234 },
				{ your_reference: 'A-3', amount: '5' },
				{ your_reference: 'A-3', amount: 5, due_date: '2026-02-30' },
				{ amount: 5 },
				{ your_reference: 'A-3', amount: 5, as_of: '2126-01-01T00:00:00Z' },
			]) {
				const { status, json } = await call('alpha', 'POST', '/api/balances', body);
				expect([body, status, json.errors.length]).toEqual([body, 400, 1]);
			}
			expect((await call('alpha', 'GET', '/api/accounts/find?your_reference=A-3')).status).toBe(404);
			expect((await call('alpha', 'GET', '/api/setup/audit/check')).json.entries).toBe(before);
		});
	});

	describe('a subscriber', () => {
		let location: string;

		it('hears what it asked for, once, and the polling twin says the same', async () => {
			const subscribed = await call('alpha', 'POST', '/api/subscriptions/balance_overdue', { callback_url: callback, minimum_amount: 25 });
			expect(subscribed.status).toBe(201);
			location = (subscribed.headers.get('location') ?? '').replace('https://dunwell.example', '');
			await call('alpha', 'POST', '/api/balances', { your_reference: 'B-1', amount: 60, first_notice_date: daysAgo(7), final_patient_share: true });
			await call('alpha', 'POST', '/api/balances', { your_reference: 'B-2', amount: 20, first_notice_date: daysAgo(7), final_patient_share: true });
			await call('alpha', 'POST', '/api/reviews', {}, { headers: { 'dunwell-caused-by': 'evt_elsewhere' } });
			await drain();
			expect(heard.map((event) => [event['event_type'], event['amount'], event['can_contact'], event['test']])).toEqual([
				['balance_overdue', 60, false, false],
			]);
			expect(errorsOf(operations.balance_overdue.output, heard[0])).toEqual([]);
			const { json } = await call('alpha', 'GET', '/api/events/balance_overdue?minimum_amount=25');
			expect(json.items).toEqual(heard);
			expect((await call('beta', 'GET', '/api/events/balance_overdue')).json.items).toEqual([]);
			expect((await call('alpha_test', 'GET', '/api/events/balance_overdue')).json.items).toEqual([]);
			await call('alpha', 'POST', '/api/reviews', {});
			await drain();
			expect(heard).toHaveLength(1);
		});

		it('is listed with its health and no address, and only to its own practice', async () => {
			const { json, text } = await call('alpha', 'GET', '/api/subscriptions');
			expect(json.items).toMatchObject([{ event: 'balance_overdue', last_status: 200, failures: 0 }]);
			expect(text).not.toContain('/hook');
			expect((await call('beta', 'GET', '/api/subscriptions')).json.items).toEqual([]);
		});

		it('leaves without a key, by the address it was given and by no other', async () => {
			expect((await service.call('DELETE', `${location.slice(0, -1)}${location.endsWith('A') ? 'B' : 'A'}`)).status).toBe(204);
			expect((await call('alpha', 'GET', '/api/subscriptions')).json.items[0].removed_at).toBe('');
			expect((await service.call('DELETE', location)).status).toBe(204);
			expect((await call('alpha', 'GET', '/api/subscriptions')).json.items[0].removed_at).not.toBe('');
			expect((await service.call('DELETE', location)).status).toBe(204);
		});

		it('that answers 410 is not called again', async () => {
			answerWith = 410;
			await call('alpha', 'POST', '/api/subscriptions/balance_overdue', { callback_url: callback });
			heard.length = 0;
			for (const reference of ['C-1', 'C-2']) {
				await call('alpha', 'POST', '/api/balances', { your_reference: reference, amount: 40, first_notice_date: daysAgo(7), final_patient_share: true });
				await call('alpha', 'POST', '/api/reviews', {}, { headers: { 'dunwell-caused-by': 'evt_elsewhere' } });
				await drain();
			}
			expect(heard).toHaveLength(1);
			expect((await call('alpha', 'GET', '/api/subscriptions')).json.items.map((item: { removed_reason: string }) => item.removed_reason).sort()).toEqual([
				'the receiver answered 410',
				'unsubscribed',
			]);
		});
	});

	describe('set-up and use', () => {
		it("fill the dropdowns with the practice's own short names", async () => {
			await call('alpha', 'PUT', '/api/setup/routes/billing_team', { label: 'Billing team' });
			await call('alpha', 'PATCH', '/api/setup/settings', { locations: ['Main Street'] });
			const routes = (await call('alpha', 'GET', '/api/choices/routes')).json.items;
			expect(routes).toContainEqual({ id: 'billing_team', label: 'Billing team' });
			expect(routes.map((item: { id: string }) => item.id)).toContain('dunwell_only');
			expect((await call('alpha', 'GET', '/api/choices/locations')).json.items).toContainEqual({ id: 'Main Street', label: 'Main Street' });
			expect((await call('beta', 'GET', '/api/choices/routes')).json.items.map((item: { id: string }) => item.id)).not.toContain('billing_team');
		});

		it('leave a chain that proves itself', async () => {
			expect((await call('alpha', 'GET', '/api/setup/audit/check')).json.ok).toBe(true);
		});
	});
});
