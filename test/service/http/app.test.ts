import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../shared/contracts/failure.ts';
import { errorsOf } from '../../../shared/contracts/validate.ts';
import { catalogue, operations } from '../../../shared/operations/registry.ts';
import { type Called, OPERATOR_KEY, recordingUseCases, startService, type TestService } from './kit.ts';

let service: TestService;
let called: Called[];
const answers: Record<string, unknown> = {};
let practiceId: string;
const keys = {} as Record<'live' | 'test' | 'read_only' | 'full', string>;

beforeAll(async () => {
	const recording = recordingUseCases(answers);
	called = recording.called;
	service = await startService(() => recording.useCases, { rate: { perSecond: 1000, burst: 100_000 } });
	const created = await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body: { name: 'Alpha Allergy', time_zone: 'America/New_York' } });
	practiceId = created.json.practice_id;
	keys.live = created.json.keys[0].api_key;
	keys.test = created.json.keys[1].api_key;
	const make = async (scopes: string[]) =>
		(await service.call('POST', '/api/setup/keys', { key: keys.live, body: { mode: 'live', scopes, label: 'Made for a test' } })).json.api_key as string;
	keys.read_only = await make(['read']);
	keys.full = await make(['read', 'write', 'send', 'setup', 'contact_details']);
});
afterAll(() => service.close());

const balance = { your_reference: 'A-1042', amount: 84.2 };

describe('the route table', () => {
	it('is what Hono serves, route for route', () => {
		const served = service.app.app.routes.map(({ method, path }) => `${method} ${path}`).sort();
		expect(served).toEqual(service.app.routes.map(({ method, path }) => `${method} ${path}`).sort());
	});

	it('has a unique name for each route, such as Azure takes for a function', () => {
		const names = service.app.routes.map(({ name }) => name);
		expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
		expect(names.filter((name) => !/^[a-z][a-z0-9_]{0,60}$/.test(name))).toEqual([]);
	});

	it('holds every operation of the catalogue under its own key', () => {
		const names = new Set(service.app.routes.map(({ name }) => name));
		expect(catalogue.map(({ key }) => key).filter((key) => !names.has(key))).toEqual([]);
	});

	it('lets nothing in without a key but health, leaving, webhooks, the way back of a sign-in and what a patient follows', () => {
		expect(service.app.routes.filter(({ auth }) => auth === 'none').map(({ name }) => name)).toEqual([
			'health',
			'unsubscribe',
			'hook',
			'oauth_callback',
			'go',
			'go_post',
		]);
	});

	it('guards every set-up route by the scope setup', () => {
		const setup = service.app.routes.filter(({ path }) => path.startsWith('/api/setup/'));
		expect(setup.length).toBeGreaterThan(30);
		expect(setup.filter(({ scope }) => scope !== 'setup')).toEqual([]);
	});
});

describe('credentials', () => {
	it.each([
		['no key', {}, 'key_missing', 'This call needs an API key. Send it as "Authorization: Bearer <key>" or "X-API-Key: <key>".'],
		['another scheme', { authorization: 'Basic abc' }, 'key_malformed', 'The header Authorization must read "Bearer <key>".'],
		[
			'a word',
			{ authorization: 'Bearer hello' },
			'key_unknown',
			'This API key is not known. Check that it was copied whole, and that it belongs to this service.',
		],
		[
			'a key of nobody',
			{ 'x-api-key': `live_pr_${'b'.repeat(14)}_${'A'.repeat(43)}` },
			'key_unknown',
			'This API key is not known. Check that it was copied whole, and that it belongs to this service.',
		],
		[
			"an operator's key of nobody",
			{ 'x-api-key': `operator_${'A'.repeat(43)}` },
			'key_unknown',
			'This API key is not known. Check that it was copied whole, and that it belongs to this service.',
		],
	])('%s is 401', async (_what, headers, code, detail) => {
		const reply = await service.call('GET', '/api/me', { headers: headers as unknown as Record<string, string> });
		expect(reply.status).toBe(401);
		expect(reply.headers.get('content-type')).toBe('application/problem+json');
		expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="Dunwell"');
		expect(reply.json).toEqual({ type: 'urn:dunwell:problem:auth', title: 'The credentials are not accepted', status: 401, code, detail, errors: [] });
	});

	it('of two kinds must agree', async () => {
		expect((await service.call('GET', '/api/me', { key: keys.live, headers: { 'x-api-key': keys.test } })).json.code).toBe('key_ambiguous');
		expect((await service.call('GET', '/api/me', { key: keys.live, headers: { 'x-api-key': keys.live } })).status).toBe(200);
	});

	it('say who they are', async () => {
		expect((await service.call('GET', '/api/me', { headers: { 'x-api-key': keys.test } })).json).toEqual({
			kind: 'practice',
			practice_id: practiceId,
			practice_name: 'Alpha Allergy',
			mode: 'test',
			test: true,
			scopes: ['read', 'write', 'send', 'contact_details'],
			scopes_text: 'read, write, send, contact_details',
			label: 'Alpha Allergy (test)',
			key_label: 'First test key',
			time_zone: 'America/New_York',
			currency: 'USD',
		});
		expect((await service.call('GET', '/api/me', { key: OPERATOR_KEY })).json).toMatchObject({
			kind: 'operator',
			mode: 'operator',
			practice_id: '',
			label: 'Operator',
		});
	});

	it('without the scope are 403 and name it', async () => {
		const reply = await service.call('POST', '/api/balances', { key: keys.read_only, body: balance });
		expect(reply.status).toBe(403);
		expect(reply.json).toEqual({
			type: 'urn:dunwell:problem:denied',
			title: 'The key may not do this',
			status: 403,
			code: 'scope_missing',
			detail: 'This key lacks the scope "write". Ask the practice\'s admin for a key that has it.',
			errors: [],
		});
		expect((await service.call('GET', '/api/setup/keys', { key: keys.read_only })).json.code).toBe('scope_missing');
	});

	it('of the operator set practices up but do not act for them', async () => {
		expect((await service.call('POST', '/api/balances', { key: OPERATOR_KEY, body: balance })).json).toMatchObject({
			status: 403,
			code: 'practice_key_needed',
		});
		expect((await service.call('POST', '/api/setup/practices', { key: keys.full, body: {} })).json).toMatchObject({ status: 403, code: 'operator_key_needed' });
		expect((await service.call('GET', '/api/setup/keys', { key: OPERATOR_KEY })).json).toMatchObject({ status: 400, code: 'practice_not_named' });
		expect((await service.call('GET', '/api/setup/keys', { key: OPERATOR_KEY, headers: { 'dunwell-practice': 'pr_nobody' } })).json).toMatchObject({
			status: 404,
			code: 'practice_unknown',
		});
		expect((await service.call('GET', '/api/setup/practice', { key: OPERATOR_KEY, headers: { 'dunwell-practice': practiceId } })).json.name).toBe(
			'Alpha Allergy',
		);
		expect((await service.call('GET', '/api/setup/practice', { key: keys.full, headers: { 'dunwell-practice': 'pr_nobody' } })).json).toMatchObject({
			status: 403,
			code: 'other_practice',
		});
	});
});

describe('requests that are not right', () => {
	it('for an unknown address are 404', async () => {
		const reply = await service.call('GET', '/api/balance', { key: keys.live });
		expect(reply.status).toBe(404);
		expect(reply.json).toEqual({
			type: 'urn:dunwell:problem:missing',
			title: 'Not found',
			status: 404,
			code: 'unknown_address',
			detail: 'There is nothing at this address. Addresses start with /api, such as /api/health.',
			errors: [],
		});
	});

	it('with a slash at the end are what they are without it', async () => {
		expect((await service.call('GET', '/api/me/', { key: keys.live })).status).toBe(200);
	});

	it('for an unknown event name the events', async () => {
		expect((await service.call('POST', '/api/subscriptions/balance_due', { key: keys.live, body: {} })).json.detail).toContain(
			'The events are: account_flagged, appointment_balance_due, balance_over_threshold, balance_overdue, balance_paid,',
		);
	});

	it('by another method are 405 and say which is right', async () => {
		const reply = await service.call('DELETE', '/api/balances', { key: keys.live });
		expect(reply.status).toBe(405);
		expect(reply.headers.get('allow')).toBe('POST');
		expect(reply.json).toEqual({
			type: 'urn:dunwell:problem:method_not_allowed',
			title: 'The method is not allowed',
			status: 405,
			code: 'method_not_allowed',
			detail: 'This address does not take DELETE. Use POST.',
			errors: [],
		});
		expect((await service.call('PUT', '/api/setup/keys/key_x', { key: keys.live, body: {} })).headers.get('allow')).toBe('DELETE');
	});

	it('with a broken body are 400 at a place, without the body', async () => {
		const reply = await service.call('POST', '/api/balances', { key: keys.live, raw: '{"patient_name": "Ada Byron", amount: 1}' });
		expect(reply.status).toBe(400);
		expect(reply.json).toEqual({
			type: 'urn:dunwell:problem:invalid',
			title: 'The request is not valid',
			status: 400,
			code: 'invalid_json',
			detail: 'The body is not valid JSON: something is wrong at line 1, column 31. Correct it and send it again.',
			errors: [],
		});
	});

	it('with wrong fields name each and what to do', async () => {
		const reply = await service.call('POST', '/api/balances', {
			key: keys.live,
			body: { your_reference: 'A', amount: -1, colour: 'red', due_date: '2026-02-30' },
		});
		expect(reply.status).toBe(400);
		expect(reply.json.code).toBe('invalid_fields');
		expect(reply.json.errors).toEqual(
			expect.arrayContaining([
				{ field: 'amount', message: '"amount" must be 0 or more.' },
				{ field: 'colour', message: '"colour" is not a field of this operation. Remove it or correct its spelling.' },
				{ field: 'due_date', message: '"due_date" must be a real date such as 2026-11-24.' },
			]),
		);
		expect(called.filter(({ name }) => name === 'record_balance')).toEqual([]);
	});

	it('with wrong fields in a query are refused like a body', async () => {
		expect((await service.call('GET', '/api/accounts/find?your_reference=A&colour=red', { key: keys.live })).json.errors).toEqual([
			{ field: 'colour', message: '"colour" is not a field of this operation. Remove it or correct its spelling.' },
		]);
		expect((await service.call('GET', '/api/events/balance_overdue?limit=many', { key: keys.live })).json.errors).toEqual([
			{ field: 'limit', message: '"limit" must be a whole number.' },
		]);
	});

	it('over a megabyte are 413 before they are read, and the next request still works', async () => {
		const reply = await service.call('POST', '/api/balances', { key: keys.live, body: { note: 'x'.repeat(1_100_000) } });
		expect(reply.status).toBe(413);
		expect(reply.json).toMatchObject({ code: 'body_too_large', detail: 'The body is larger than 1 MB. Split it into several calls.' });
		expect((await service.call('GET', '/api/me', { key: keys.live })).status).toBe(200);
	});

	it('over a megabyte in pieces without a length are 413 too', async () => {
		const status = await new Promise<number>((resolve, reject) => {
			const sent = httpRequest(`${service.url}/api/balances`, { method: 'POST', headers: { authorization: `Bearer ${keys.live}` } }, (response) => {
				response.resume();
				resolve(response.statusCode ?? 0);
			});
			// The server may close the connection while the rest is still being written.
			sent.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error)));
			for (let i = 0; i < 24; i += 1) sent.write('x'.repeat(65_536));
			sent.end();
		});
		expect(status).toBe(413);
	});

	it('may bring a file of many megabytes to import, but not twenty', async () => {
		answers['import_file'] = { import_ref: 'imp_1' };
		const file = (size: number) => service.call('POST', '/api/files', { key: keys.live, body: { kind: 'remittance', content: 'x'.repeat(size) } });
		expect((await file(8_000_000)).status).toBe(200);
		expect((await file(21_000_000)).status).toBe(413);
	});

	it('with a NUL in the path are refused before the database sees it', async () => {
		expect((await service.call('GET', '/api/accounts/acc_%00', { key: keys.live })).json).toMatchObject({ status: 400, code: 'invalid_text' });
	});

	it('from an unknown platform are refused rather than guessed', async () => {
		expect((await service.call('GET', '/api/me', { key: keys.live, headers: { 'dunwell-surface': 'make' } })).json).toMatchObject({
			status: 400,
			code: 'invalid_surface',
		});
	});
});

describe('failures of the use cases', () => {
	const failing = async (failure: unknown) => {
		answers['record_balance'] = failure;
		try {
			return await service.call('POST', '/api/balances', { key: keys.live, body: balance });
		} finally {
			delete answers['record_balance'];
		}
	};

	it.each([
		['invalid', 400, 'The request is not valid'],
		['auth', 401, 'The credentials are not accepted'],
		['denied', 403, 'The key may not do this'],
		['missing', 404, 'Not found'],
		['conflict', 409, 'The request conflicts with what exists'],
		['too_large', 413, 'The request is too large'],
		['limited', 429, 'Too many requests'],
		['unavailable', 503, 'Not available at the moment'],
		['broken', 500, 'Something went wrong in Dunwell'],
	] as const)('of the kind %s are %i', async (kind, status, title) => {
		const reply = await failing(new Failure(kind, 'What to do.', { code: 'a_code', fields: [{ field: 'amount', message: 'Mend it.' }] }));
		expect(reply.status).toBe(status);
		expect(reply.headers.get('content-type')).toBe('application/problem+json');
		expect(reply.json).toEqual({
			type: `urn:dunwell:problem:${kind}`,
			title,
			status,
			code: 'a_code',
			detail: 'What to do.',
			errors: [{ field: 'amount', message: 'Mend it.' }],
		});
	});

	it('that ask to wait say for how many whole seconds', async () => {
		expect((await failing(new Failure('limited', 'Wait.', { retryAfterSeconds: 1.2 }))).headers.get('retry-after')).toBe('2');
		expect((await failing(new Failure('unavailable', 'Wait.'))).headers.get('retry-after')).toBe('10');
		expect((await failing(new Failure('invalid', 'No.'))).headers.get('retry-after')).toBeNull();
	});

	it('that nobody foresaw are told by a code alone, which the log knows', async () => {
		const reply = await failing(new Error('Key (your_reference)=(A-1042) already exists'));
		expect(reply.status).toBe(500);
		expect(reply.text).not.toContain('A-1042');
		const code = /code (err_\w+)\./.exec(reply.json.detail)?.[1];
		const logged = service.logged.find((line) => line['error_id'] === code);
		expect(logged).toMatchObject({ level: 50, route: 'record_balance' });
		expect(JSON.stringify(logged)).not.toContain('A-1042');
	});

	it('of a database that is away are 503', async () => {
		const reply = await failing(Object.assign(new Error('terminating connection'), { code: '57P01' }));
		expect(reply.json).toMatchObject({ status: 503, code: 'database_unavailable' });
		expect(reply.headers.get('retry-after')).toBe('5');
	});
});

describe('what a use case is given', () => {
	const last = (name: string) => called.findLast((entry) => entry.name === name);

	it('is the caller, the input as sent, and who caused it', async () => {
		await service.call('POST', '/api/balances', {
			key: keys.test,
			body: balance,
			headers: { 'dunwell-caused-by': 'evt_1', 'dunwell-performed-by': 'ann', 'dunwell-surface': 'power_automate' },
		});
		expect(last('record_balance')).toEqual({
			name: 'record_balance',
			input: balance,
			caller: {
				practiceId,
				keyId: expect.stringMatching(/^key_/),
				test: true,
				scopes: ['read', 'write', 'send', 'contact_details'],
				surface: 'power_automate',
				causedBy: 'evt_1',
				performedBy: 'ann',
			},
		});
	});

	it('refuses headers that name nobody', async () => {
		expect(
			(await service.call('POST', '/api/balances', { key: keys.live, body: balance, headers: { 'dunwell-performed-by': 'Ann Lee' } })).json.errors[0].field,
		).toBe('Dunwell-Performed-By');
		expect((await service.call('POST', '/api/balances', { key: keys.live, body: balance, headers: { 'dunwell-caused-by': 'a b' } })).json.errors[0].field).toBe(
			'Dunwell-Caused-By',
		);
	});

	it('holds the idempotency key of the header or of the field', async () => {
		await service.call('POST', '/api/balances', { key: keys.live, body: balance, headers: { 'idempotency-key': 'k1' } });
		expect(last('record_balance')?.caller?.idempotencyKey).toBe('k1');
		await service.call('POST', '/api/balances', { key: keys.live, body: { ...balance, idempotency_key: 'k2' } });
		expect(last('record_balance')?.caller?.idempotencyKey).toBe('k2');
		expect(
			(await service.call('POST', '/api/balances', { key: keys.live, body: { ...balance, idempotency_key: 'k3' }, headers: { 'idempotency-key': 'k3' } }))
				.status,
		).toBe(200);
	});

	it('never has two idempotency keys that differ', async () => {
		const reply = await service.call('POST', '/api/balances', {
			key: keys.live,
			body: { ...balance, idempotency_key: 'k4' },
			headers: { 'idempotency-key': 'k5' },
		});
		expect(reply.json).toEqual({
			type: 'urn:dunwell:problem:invalid',
			title: 'The request is not valid',
			status: 400,
			code: 'idempotency_keys_differ',
			detail: 'The header Idempotency-Key and the field "idempotency_key" differ. Send one of them, or the same in both.',
			errors: [{ field: 'idempotency_key', message: 'It differs from the header Idempotency-Key.' }],
		});
		expect((await service.call('POST', '/api/balances', { key: keys.live, body: balance, headers: { 'idempotency-key': 'k'.repeat(201) } })).status).toBe(400);
	});

	it('has a query in the types of its schema', async () => {
		answers['find_account'] = { account_ref: 'acc_1' };
		await service.call('GET', '/api/accounts/find?your_reference=10001', { key: keys.live });
		expect(last('find_account')?.input).toEqual({ your_reference: '10001' });
		await service.call('GET', '/api/events/balance_overdue?minimum_amount=25.5&only_when_contactable=true&limit=7&after=evt_1', { key: keys.live });
		expect(last('events')?.input).toEqual({
			type: 'balance_overdue',
			after: 'evt_1',
			limit: 7,
			filters: { minimum_amount: 25.5, only_when_contactable: true },
		});
	});
});

describe('a pure operation', () => {
	it('answers by the rules alone', async () => {
		const [example] = operations.check_reminder_rules.examples;
		const { status, json } = await service.call('POST', '/api/rules/check', { key: keys.read_only, body: example });
		expect([status, errorsOf(operations.check_reminder_rules.output, json)]).toEqual([200, []]);
	});
});

describe('patient data', () => {
	const found = { permitted: true, reminder_ref: 'rem_1', address: '+13175550100', text: 'Hello', subject: 'A message' };
	const prepare = (key: string, surface: string) =>
		service.call('POST', '/api/reminders/prepare', { key, body: { your_reference: 'A-1042' }, headers: { 'dunwell-surface': surface } });

	it('is null without the scope, there with it, and absent on Zapier', async () => {
		answers['prepare_reminder'] = found;
		expect((await prepare(keys.live, 'power_automate')).json).toMatchObject({ reminder_ref: 'rem_1', address: null });
		expect((await prepare(keys.full, 'power_automate')).json).toMatchObject({ reminder_ref: 'rem_1', address: '+13175550100' });
		expect((await prepare(keys.full, 'zapier')).json).not.toHaveProperty('address');
	});

	it('is refused from Zapier as if there were no such field', async () => {
		const reply = await service.call('POST', '/api/balances', {
			key: keys.full,
			body: { ...balance, patient_name: 'Ada Byron' },
			headers: { 'dunwell-surface': 'zapier' },
		});
		expect(reply.status).toBe(400);
		expect(reply.json.errors).toEqual([
			{ field: 'patient_name', message: '"patient_name" is not a field of this operation. Remove it or correct its spelling.' },
		]);
		expect(reply.text).not.toContain('Ada');
	});

	it('does not come in files or set-up from Zapier', async () => {
		expect(
			(await service.call('POST', '/api/files', { key: keys.full, body: { kind: 'remittance', content: 'x' }, headers: { 'dunwell-surface': 'zapier' } })).json,
		).toMatchObject({ status: 403, code: 'not_on_this_surface' });
		expect((await service.call('GET', '/api/setup/keys', { key: keys.full, headers: { 'dunwell-surface': 'zapier' } })).json).toMatchObject({
			status: 403,
			code: 'not_on_this_surface',
		});
	});

	it('of the outbox needs the scope', async () => {
		answers['outbox'] = { items: [{ reminder_ref: 'rem_1', to: '+13175550100', text: 'Hello' }] };
		expect((await service.call('GET', '/api/outbox', { key: keys.live })).json.items).toEqual([{ reminder_ref: 'rem_1', to: null, text: null }]);
		expect((await service.call('GET', '/api/outbox', { key: keys.full })).json.items).toEqual([{ reminder_ref: 'rem_1', to: '+13175550100', text: 'Hello' }]);
	});

	it('is in no line of the log, nor is any secret', () => {
		const log = JSON.stringify(service.logged);
		for (const secret of ['A-1042', 'Ada', '555-0100', keys.live, keys.full, OPERATOR_KEY]) expect(log).not.toContain(secret);
		expect(service.logged.find((line) => line['route'] === 'record_balance' && line['status'] === 200)).toMatchObject({
			msg: 'request',
			method: 'POST',
			practice: practiceId,
			key: expect.stringMatching(/^key_/),
			ms: expect.any(Number),
		});
	});
});

describe('subscriptions', () => {
	it('answer 201 with the address that ends them', async () => {
		answers['subscribe'] = { id: `${practiceId}.sub_1`, secret: 's'.repeat(43) };
		const reply = await service.call('POST', '/api/subscriptions/balance_overdue', {
			key: keys.live,
			body: { callback_url: 'https://hooks.zapier.com/1', minimum_amount: 25 },
		});
		expect(reply.status).toBe(201);
		expect(reply.headers.get('location')).toBe(`https://dunwell.example/api/subscriptions/${practiceId}.sub_1/${'s'.repeat(43)}`);
		expect(reply.json).toEqual({ id: `${practiceId}.sub_1` });
		expect(called.at(-1)?.input).toEqual({ type: 'balance_overdue', callback_url: 'https://hooks.zapier.com/1', filters: { minimum_amount: 25 } });
	});

	it.each([
		'http://hooks.zapier.com/1',
		'https://10.0.0.1/x',
		'https://intranet/x',
		'https://169.254.169.254/latest',
		'https://user:pass@hooks.zapier.com/',
	])('refuse the callback %s', async (callback_url) => {
		const reply = await service.call('POST', '/api/subscriptions/balance_overdue', { key: keys.live, body: { callback_url } });
		expect(reply.status).toBe(400);
		expect(reply.json.errors).toEqual([
			{ field: 'callback_url', message: '"callback_url" must start with https:// and name a public host: events are posted to it.' },
		]);
	});

	it('take loopback in development', async () => {
		expect((await service.call('POST', '/api/subscriptions/balance_overdue', { key: keys.live, body: { callback_url: 'http://127.0.0.1:9/x' } })).status).toBe(
			201,
		);
	});

	it('refuse a filter that the trigger does not have', async () => {
		expect(
			(
				await service.call('POST', '/api/subscriptions/balance_overdue', {
					key: keys.live,
					body: { callback_url: 'https://hooks.zapier.com/1', colour: 'red' },
				})
			).json.errors[0].field,
		).toBe('colour');
	});

	it('end with 204 with, without and with wrong credentials, known or not', async () => {
		for (const options of [{}, { key: keys.live }, { key: 'nonsense' }]) {
			const reply = await service.call('DELETE', `/api/subscriptions/${practiceId}.sub_1/${'s'.repeat(43)}`, options);
			expect([reply.status, reply.text]).toEqual([204, '']);
		}
		expect(called.at(-1)).toEqual({ name: 'unsubscribe', input: { id: `${practiceId}.sub_1`, secret: 's'.repeat(43) } });
		expect((await service.call('DELETE', '/api/subscriptions/nothing/x')).status).toBe(204);
	});

	it('are logged by name, without the secret', () => {
		expect(service.logged.some((line) => line['route'] === 'unsubscribe')).toBe(true);
		expect(JSON.stringify(service.logged)).not.toContain('s'.repeat(43));
	});
});

describe("vendors' webhooks", () => {
	it('reach the use case byte for byte, under the public address', async () => {
		answers['receive'] = { type: 'text/xml', body: '<Response/>' };
		const raw = 'From=%2B13175550100&Body=STOP';
		const reply = await service.call('POST', '/api/hooks/twilio/pr_x.texting.abc?x=1', {
			raw,
			headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'sig' },
		});
		expect([reply.status, reply.headers.get('content-type'), reply.text]).toEqual([200, 'text/xml', '<Response/>']);
		const { input } = called.at(-1) as {
			input: { vendor: string; secret: string; request: { url: string; headers: Record<string, string>; body: Uint8Array; method: string } };
		};
		expect([input.vendor, input.secret, input.request.method, input.request.url]).toEqual([
			'twilio',
			'pr_x.texting.abc',
			'POST',
			'https://dunwell.example/api/hooks/twilio/pr_x.texting.abc?x=1',
		]);
		expect(input.request.headers['x-twilio-signature']).toBe('sig');
		expect(Buffer.from(input.request.body).toString()).toBe(raw);
	});

	it('without an answer of their own get 204; bad signatures get 401', async () => {
		answers['receive'] = undefined;
		const silent = await service.call('POST', '/api/hooks/stripe/x', { raw: '{}' });
		expect([silent.status, silent.text]).toEqual([204, '']);
		answers['receive'] = new Failure('auth', 'The signature is wrong.', { code: 'bad_signature' });
		expect((await service.call('POST', '/api/hooks/stripe/x', { raw: '{}' })).json).toMatchObject({ status: 401, code: 'bad_signature' });
	});
});

describe('what a patient follows', () => {
	it('leads on to the pay link', async () => {
		answers['follow'] = { redirect: 'https://pay.example.com/x' };
		const reply = await service.call('GET', '/api/go/tok');
		expect([reply.status, reply.headers.get('location'), reply.headers.get('referrer-policy'), reply.headers.get('cache-control')]).toEqual([
			302,
			'https://pay.example.com/x',
			'no-referrer',
			'no-store',
		]);
	});

	it('is a readable page with a button that posts', async () => {
		answers['follow'] = { page: { title: 'Stop e-mails', text: 'From <Alpha> & Co.\nConfirm below.', button: 'Stop' } };
		const reply = await service.call('GET', '/api/go/tok');
		expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
		expect(reply.text).toContain('<html lang="en">');
		expect(reply.text).toContain('<title>Stop e-mails</title>');
		expect(reply.text).toContain('<p>From &lt;Alpha&gt; &amp; Co.</p>\n<p>Confirm below.</p>');
		expect(reply.text).toContain('<form method="post"><button type="submit">Stop</button></form>');
	});

	it('is a page too when the link is no longer known', async () => {
		answers['follow'] = new Failure('missing', 'gone');
		const reply = await service.call('GET', '/api/go/tok');
		expect(reply.status).toBe(404);
		expect(reply.text).toContain('<h1>This link no longer works</h1>');
	});

	it('takes one-click unsubscribe without a key', async () => {
		answers['follow'] = { page: { title: 'Done', text: 'You will get no more e-mails.' } };
		const reply = await service.call('POST', '/api/go/tok', {
			raw: 'List-Unsubscribe=One-Click',
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
		});
		expect(reply.status).toBe(200);
		expect(called.at(-1)).toEqual({ name: 'follow', input: { token: 'tok', method: 'POST' } });
	});
});

describe('answers', () => {
	it('are kept by no cache and guessed by no browser', async () => {
		for (const path of ['/api/health', '/api/me', '/api/nothing']) {
			const { headers } = await service.call('GET', path, { key: keys.live });
			expect([headers.get('cache-control'), headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual([
				'no-store',
				'nosniff',
				'no-referrer',
			]);
		}
	});

	it('of the health check say what it runs on', async () => {
		expect((await service.call('GET', '/api/health')).json).toEqual({ status: 'ok', database: 'embedded', mode: 'development' });
	});

	it('for an unknown list name the lists', async () => {
		expect((await service.call('GET', '/api/choices/colours', { key: keys.live })).json.detail).toBe(
			'There is no list "colours". The lists are: routes, locations, messages, senders, payers, rules.',
		);
	});
});
