import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Action, Operation } from '../../shared/contracts/operation.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import type { Operation as Derived } from '../../zapier-app/src/definition.ts';
import { derive } from '../../zapier-app/src/derive.ts';
import { actions, asText, bundleFor, type FakeService, fakeService, KEY, onZapier, runIn, testApp, triggers } from './kit.ts';

const app = testApp();
const definition = derive(onZapier);
let service: FakeService;

beforeAll(async () => {
	service = await fakeService();
});
afterAll(() => service.close());
beforeEach(() => {
	service.seen.length = 0;
	service.answer = () => ({});
});

const derivedOf = ({ key }: Operation): Derived => (definition.triggers[key] ?? definition.creates[key] ?? definition.searches[key]) as Derived;

/** Every declared input the example leaves out, in the shapes an empty field of a Zap may have. */
const emptied = (operation: Operation, example: object): Record<string, unknown> =>
	Object.fromEntries(
		derivedOf(operation)
			.operation.inputFields.filter(({ key }) => !(key in example))
			.map(({ key }, index) => [key, ['', null, undefined, '  ', []][index % 5]]),
	);

/** Days as Zapier hands them over: midnight in the Zap's own zone. */
const withInstants = (operation: Operation, example: Record<string, unknown>): Record<string, unknown> => {
	const days = derivedOf(operation)
		.operation.inputFields.filter(({ meta }) => meta?.['day'] === true)
		.map(({ key }) => key);
	return Object.fromEntries(Object.entries(example).map(([key, value]) => [key, days.includes(key) ? `${String(value)}T00:00:00-05:00` : value]));
};

const perform = (key: string) => (app.creates[key] ?? app.searches[key])?.operation.perform as never;
const trigger = (key: string) => app.triggers[key]?.operation as never as Record<'perform' | 'performList' | 'performSubscribe' | 'performUnsubscribe', never>;

const served = actions.filter(({ pure }) => !pure);
const cases = served.flatMap((operation) =>
	operation.examples.map((example, index) => [`${operation.key} (example ${index + 1})`, operation, example as Record<string, unknown>] as const),
);

/** What went over the wire as input, wherever it travelled. */
const inputOf = (operation: Action, { url, body }: { url: string; body: string }): unknown =>
	operation.method === 'GET' ? Object.fromEntries(new URL(url, service.url).searchParams) : JSON.parse(body);

describe('an action or a search', () => {
	it.each(cases)('%s reaches the service with its method, path, headers and exactly its input', async (_name, operation, example) => {
		service.answer = () => ({ body: operation.sample });
		const result = await runIn(app, perform(operation.key), bundleFor(service, example));
		expect(service.seen).toHaveLength(1);
		const [request] = service.seen;
		expect(request?.method).toBe(operation.method);
		expect(request?.url.split('?')[0]).toBe(`/api${operation.path}`);
		expect(request?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'dunwell-surface': 'zapier', accept: 'application/json' });
		expect(inputOf(operation, request as never)).toEqual(operation.method === 'GET' ? asText(example) : example);
		expect(request?.body === '').toBe(operation.method === 'GET');
		expect(operation.kind === 'search' ? (result as unknown[])[0] : result).toEqual(derivedOf(operation).operation.sample);
	});

	it.each(cases)('%s sends the same bytes when values come as text and other fields are empty', async (_name, operation, example) => {
		service.answer = () => ({ body: operation.sample });
		await runIn(app, perform(operation.key), bundleFor(service, example));
		await runIn(app, perform(operation.key), bundleFor(service, { ...(asText(withInstants(operation, example)) as object), ...emptied(operation, example) }));
		const [plain, worn] = service.seen;
		expect({ url: worn?.url, body: worn?.body }).toEqual({ url: plain?.url, body: plain?.body });
	});

	it.each(cases)('%s sends equal requests when it runs twice, so that the service can tell a repetition', async (_name, operation, example) => {
		service.answer = () => ({ body: operation.sample });
		await runIn(app, perform(operation.key), bundleFor(service, example));
		await runIn(app, perform(operation.key), bundleFor(service, example));
		const [first, second] = service.seen;
		expect(second).toEqual(first);
		expect(first?.headers['idempotency-key']).toBeUndefined();
	});

	it.each(
		served.map((operation) => [operation.key, operation] as const),
	)('%s keeps keys that were not declared away from the Zap, and none missing', async (key, operation) => {
		service.answer = () => ({ body: { patient_name: 'Jane Roe', phone: '+16025550100' } });
		const result = await runIn(app, perform(key), bundleFor(service, operation.examples[0]));
		const first = (operation.kind === 'search' ? (result as unknown[])[0] : result) as object;
		expect(Object.keys(first).sort()).toEqual(Object.keys(derivedOf(operation).operation.sample).sort());
		expect(JSON.stringify(first)).not.toMatch(/Jane|602555/);
	});

	it('writes a body byte for byte', async () => {
		await runIn(
			app,
			perform('record_balance'),
			bundleFor(service, {
				your_reference: ' A-1042 ',
				amount: '$1,084.20',
				due_date: '2026-11-10T00:00:00-05:00',
				disputed: 'no',
				invoice: '{{bundle.inputData.x}}',
			}),
		);
		expect(service.seen[0]?.body).toBe(
			'{"amount":1084.2,"your_reference":"A-1042","invoice":"\\u007b\\u007bbundle.inputData.x}}","due_date":"2026-11-10","disputed":false}',
		);
		expect(JSON.parse(service.seen[0]?.body ?? '')).toMatchObject({ invoice: '{{bundle.inputData.x}}' });
	});

	it('sends line items as rows, each with its own types, without blank rows', async () => {
		const rows = [
			{ your_reference: 'A-1', amount: '84.20', disputed: 'true', due_date: '' },
			{ your_reference: '', amount: null },
			{ your_reference: 'A-2', amount: 0 },
		];
		await runIn(app, perform('import_balances'), bundleFor(service, { rows, source_name: '' }));
		expect(service.seen[0]?.body).toBe('{"rows":[{"your_reference":"A-1","amount":84.2,"disputed":true},{"your_reference":"A-2","amount":0}]}');
	});

	it('passes on what it cannot read, so that the service names the field', async () => {
		await runIn(app, perform('record_balance'), bundleFor(service, { your_reference: 'A-1', amount: '1.084,20', due_date: 'tomorrow', disputed: 'maybe' }));
		expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({ your_reference: 'A-1', amount: '1.084,20', due_date: 'tomorrow', disputed: 'maybe' });
	});

	it('answers an empty list when a search finds nothing', async () => {
		service.answer = () => ({
			status: 404,
			body: { type: 'about:blank', title: 'Missing', status: 404, code: 'missing', detail: 'There is no such account.', errors: [] },
		});
		expect(await runIn(app, perform('find_account'), bundleFor(service, { account_ref: 'acc_none' }))).toEqual([]);
	});

	it('does not take an operation that the service lacks for nothing found', async () => {
		service.answer = () => ({
			status: 404,
			body: { type: 'about:blank', title: 'Not found', status: 404, code: 'unknown_address', detail: 'There is nothing at this address.', errors: [] },
		});
		await expect(runIn(app, perform('find_account'), bundleFor(service, { account_ref: 'acc_1' }))).rejects.toMatchObject({
			name: 'HaltedError',
			message: 'There is nothing at this address.',
		});
	});

	it('stops the run when the reminder was held and the user asked to stop then', async () => {
		const send = actions.find(({ key }) => key === 'send_reminder') as Action;
		const held = { ...(send.sample as object), status: 'suppressed', reasons_text: 'No consent is recorded.', what_would_change_it: 'Record a consent.' };
		service.answer = () => ({ body: held });
		await expect(runIn(app, perform('send_reminder'), bundleFor(service, { account_ref: 'acc_1', if_not_sent: 'stop' }))).rejects.toMatchObject({
			name: 'HaltedError',
			message: 'The reminder was not sent. No consent is recorded. Record a consent.',
		});
		expect(await runIn(app, perform('send_reminder'), bundleFor(service, { account_ref: 'acc_1', if_not_sent: 'continue' }))).toMatchObject({
			status: 'suppressed',
		});
		service.answer = () => ({ body: send.sample });
		expect(await runIn(app, perform('send_reminder'), bundleFor(service, { account_ref: 'acc_1', if_not_sent: 'stop' }))).toMatchObject({
			status: 'scheduled',
		});
	});
});

describe('a test in the editor', () => {
	const editor = { meta: { isLoadingSample: true } };
	const sending = actions.filter(({ scope, effect }) => scope === 'send' && effect === 'write');

	it('covers every operation that may send', () => {
		expect(sending.map(({ key }) => key)).toEqual(expect.arrayContaining(['send_reminder', 'prepare_reminder', 'run_account_review']));
	});

	it.each(sending.map((operation) => [operation.key, operation] as const))('%s lets no message leave', async (key, operation) => {
		service.answer = () => ({ body: operation.sample });
		await runIn(app, perform(key), bundleFor(service, { account_ref: 'acc_1', mode: 'send' }, editor));
		for (const { method, url, body } of service.seen) {
			expect([`${method} ${url.split('?')[0]}`, ...(method === 'GET' ? [] : [(JSON.parse(body) as { mode?: string }).mode])]).toEqual(
				method === 'GET' ? ['GET /api/reminders/preview'] : ['POST /api/reviews', 'report_only'],
			);
		}
	});

	it('shows what Send Reminder would do, marked as a test', async () => {
		const preview = actions.find(({ key }) => key === 'preview_reminder') as Action;
		service.answer = () => ({ body: preview.sample });
		const result = await runIn(
			app,
			perform('send_reminder'),
			bundleFor(service, { account_ref: 'acc_1', channel: 'sms', because_of: 'evt_1', when: 'only_now' }, editor),
		);
		expect(service.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/reminders/preview?account_ref=acc_1&channel=sms']);
		expect(result).toMatchObject({ status: 'test', was_sent: false, reminder_ref: '', channel: 'sms', amount: 84.2, reason_code: 'hours' });
		expect(Object.keys(result).sort()).toEqual(Object.keys(definition.creates['send_reminder']?.operation.sample ?? {}).sort());
	});

	it('answers the sample of Prepare Reminder without a call', async () => {
		expect(await runIn(app, perform('prepare_reminder'), bundleFor(service, { account_ref: 'acc_1' }, editor))).toEqual(
			definition.creates['prepare_reminder']?.operation.sample,
		);
		expect(service.seen).toEqual([]);
	});
});

describe('an operation that runs inside the app', () => {
	const pure = actions.filter((operation) => operation.pure);

	it('exists', () => {
		expect(pure.map(({ key }) => key)).toContain('check_reminder_rules');
	});

	it.each(
		pure.flatMap((operation) => operation.examples.map((example, index) => [`${operation.key} (example ${index + 1})`, operation, example] as const)),
	)('%s makes no request', async (_name, operation, example) => {
		const result = (await runIn(app, perform(operation.key), bundleFor(service, example))) as unknown[];
		expect(errorsOf(operation.output, result[0])).toEqual([]);
		expect(service.seen).toEqual([]);
	});

	it('refuses an input with the reason and the field', async () => {
		await expect(runIn(app, perform('check_reminder_rules'), bundleFor(service, { amount: -5, area_code: '6' }))).rejects.toMatchObject({
			name: 'HaltedError',
			message: '"amount" must be 0 or more. "area_code" does not have the expected form.',
		});
	});
});

describe('a trigger', () => {
	const named = triggers.map((operation) => [operation.key, operation] as const);

	it.each(named)('%s subscribes with its filters and keeps the address that ends it', async (key, operation) => {
		const location = `${service.url}/api/subscriptions/sub_1/s3cret`;
		service.answer = () => ({ status: 201, body: { id: 'sub_1' }, headers: { location } });
		const filters = operation.examples[1] as Record<string, unknown>;
		const raw = { ...(asText(filters) as object), ...emptied(operation, filters) };
		const kept = await runIn(app, trigger(key).performSubscribe, bundleFor(service, raw, { targetUrl: 'https://hooks.zapier.com/hooks/standard/1/2/' }));
		expect(kept).toEqual({ id: 'sub_1', location });
		expect(service.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST /api/subscriptions/${key}`]);
		expect(service.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'dunwell-surface': 'zapier', 'content-type': 'application/json' });
		expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({ callback_url: 'https://hooks.zapier.com/hooks/standard/1/2/', ...filters });
	});

	it.each(named)('%s lists recent events with its filters, in the keys of the sample', async (key, operation) => {
		service.answer = () => ({ body: { items: [{ ...(operation.sample as object), patient_name: 'Jane Roe' }], next: null } });
		const items = (await runIn(app, trigger(key).performList, bundleFor(service, operation.examples[1] as never))) as object[];
		expect(service.seen[0]?.method).toBe('GET');
		expect(service.seen[0]?.url.split('?')[0]).toBe(`/api/events/${key}`);
		expect(Object.fromEntries(new URL(service.seen[0]?.url ?? '', service.url).searchParams)).toEqual({
			limit: '3',
			...(asText(operation.examples[1]) as object),
		});
		expect(items).toEqual([derivedOf(operation).operation.sample]);
	});

	it.each(named)('%s hands over a delivered event in the very same keys', async (key, operation) => {
		const delivered = await runIn(
			app,
			trigger(key).perform,
			bundleFor(service, {}, { cleanedRequest: { ...(operation.sample as object), patient_name: 'Jane Roe' } }),
		);
		expect(delivered).toEqual([derivedOf(operation).operation.sample]);
		expect(service.seen).toEqual([]);
	});

	it.each([
		['nothing', undefined],
		['text', 'hello'],
		['a list', [{ event_id: 'evt_1' }]],
		['another event', { event_id: 'evt_1', event_type: 'balance_unknown' }],
		['an event without its code', { event_id: '', event_type: 'balance_overdue' }],
	])('starts nothing when %s is delivered', async (_name, cleanedRequest) => {
		expect(await runIn(app, trigger('balance_overdue').perform, bundleFor(service, {}, { cleanedRequest }))).toEqual([]);
	});

	it('unsubscribes at the kept address, without the key', async () => {
		service.answer = () => ({ status: 204, body: '' });
		await runIn(
			app,
			trigger('balance_overdue').performUnsubscribe,
			bundleFor(service, {}, { subscribeData: { id: 'sub_1', location: `${service.url}/api/subscriptions/sub_1/s3cret` } }),
		);
		expect(service.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['DELETE /api/subscriptions/sub_1/s3cret']);
		expect(service.seen[0]?.headers['authorization']).toBeUndefined();
	});

	it.each([404, 410])('takes %i as unsubscribed', async (status) => {
		service.answer = () => ({ status, body: '' });
		expect(
			await runIn(
				app,
				trigger('balance_overdue').performUnsubscribe,
				bundleFor(service, {}, { subscribeData: { id: 'sub_1', location: `${service.url}/api/subscriptions/sub_1/s3cret` } }),
			),
		).toEqual({});
	});

	it.each([
		['no address', {}],
		['an address of another scheme', { location: 'file:///etc/passwd' }],
		['a plain address elsewhere', { location: 'http://example.com/x' }],
	])('calls nothing to unsubscribe from %s', async (_name, subscribeData) => {
		expect(await runIn(app, trigger('balance_overdue').performUnsubscribe, bundleFor(service, {}, { subscribeData }))).toEqual({});
		expect(service.seen).toEqual([]);
	});

	it('does not count as subscribed when it could never unsubscribe', async () => {
		service.answer = () => ({ status: 201, body: { id: 'sub_1' } });
		await expect(runIn(app, trigger('balance_overdue').performSubscribe, bundleFor(service, {}, { targetUrl: 'https://hooks.zapier.com/x' }))).rejects.toThrow(
			'did not say how to end it',
		);
	});

	it('fills dropdowns from the service', async () => {
		service.answer = () => ({ body: { items: [{ id: 'billing_team', label: 'Billing team', secret: 'x' }] } });
		expect(await runIn(app, app.triggers['choices_routes']?.operation.perform as never, bundleFor(service))).toEqual([
			{ id: 'billing_team', label: 'Billing team' },
		]);
		expect(service.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/choices/routes']);
	});
});
