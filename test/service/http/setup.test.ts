import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { LEDGERS } from '../../kit/database.ts';
import { type CallOptions, OPERATOR_KEY, type Reply, recordingUseCases, startService, type TestService } from './kit.ts';

describe.each(LEDGERS)('$title', ({ kind, skip }) => {
	if (skip) return it.skip('is not run without a server', () => undefined);

	/** A vendor that answers 200 to the right credentials and 401 to others, and counts what it is asked. */
	let vendor: Server;
	let asked = 0;
	let service: TestService;
	let live: string;
	let practiceId: string;

	beforeAll(async () => {
		vendor = createServer((request, response) => {
			asked += 1;
			const good = request.headers.authorization === `Basic ${Buffer.from(`AC${'a'.repeat(32)}:right`).toString('base64')}`;
			response
				.writeHead(good ? 200 : 401, { 'content-type': 'application/json' })
				.end(
					JSON.stringify(good ? { friendly_name: 'Alpha texting', status: 'active', sid: `AC${'a'.repeat(32)}` } : { code: 20003, message: 'Authenticate' }),
				);
		});
		await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
		service = await startService(() => recordingUseCases().useCases, {
			database: kind,
			env: { DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}` }) },
		});
		const created = await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body: { name: 'Alpha Allergy', time_zone: 'America/New_York' } });
		live = created.json.keys[0].api_key;
		practiceId = created.json.practice_id;
	});
	afterAll(async () => {
		await service.close();
		vendor.close();
	});

	const call = (method: string, path: string, options: CallOptions = {}): Promise<Reply> =>
		service.call(method, `/api/setup${path}`, { key: live, ...options });
	const newPractice = async (name: string) =>
		(await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body: { name, time_zone: 'America/Chicago' } })).json as {
			practice_id: string;
			keys: { api_key: string; key_id: string }[];
		};

	describe('practices', () => {
		it.each([
			['time_zone', { name: 'X', time_zone: 'Eastern' }, '"time_zone" must be an IANA name such as America/New_York or America/Phoenix.'],
			['time_zone', { name: 'X', time_zone: '+05:00' }, '"time_zone" must be an IANA name such as America/New_York or America/Phoenix.'],
			['currency', { name: 'X', time_zone: 'America/New_York', currency: 'ZZZ' }, '"currency" must be the ISO 4217 code of a currency in use, such as USD.'],
			['name', { name: '', time_zone: 'America/New_York' }, '"name" must not be empty.'],
		])('need a real %s', async (field, body, message) => {
			const reply = await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body });
			expect(reply.status).toBe(400);
			expect(reply.json.errors).toEqual([{ field, message }]);
		});

		it('begin with the default policy, and change their name by PATCH', async () => {
			expect((await call('GET', '/policy')).json).toMatchObject({ policy: DEFAULT_POLICY, versions: [{ actor: 'operator:environment' }] });
			expect((await call('PATCH', '/practice', { body: { name: 'Alpha Allergy & Asthma' } })).json).toMatchObject({
				practice_id: practiceId,
				name: 'Alpha Allergy & Asthma',
				time_zone: 'America/New_York',
				currency: 'USD',
				closed_at: '',
			});
		});

		it('never see each other', async () => {
			const other = await newPractice('Beta Care');
			await call('PUT', '/staff/ann', { body: { name: 'Ann Lee' } });
			const otherKey = other.keys[0]?.api_key;
			expect((await call('GET', '/staff', { key: otherKey })).json).toEqual({ items: [] });
			expect((await call('DELETE', '/staff/ann', { key: otherKey })).json).toMatchObject({ status: 404, code: 'staff_unknown' });
			expect((await call('DELETE', `/keys/${other.keys[0]?.key_id}`)).json).toMatchObject({ status: 404 });
			expect((await call('GET', '/staff')).json.items).toHaveLength(1);
		});
	});

	describe('connections', () => {
		const credentials = { account_sid: `AC${'a'.repeat(32)}`, auth_token: 'right' };

		it('are tried at the vendor, and give the address for its webhooks', async () => {
			const reply = await call('POST', '/connections', { body: { connection: 'texting', vendor: 'twilio', credentials } });
			expect(reply.status).toBe(201);
			expect(reply.json).toMatchObject({ connection: 'texting', vendor: 'twilio', status: 'working', status_text: '' });
			expect(reply.json.label).toContain('Alpha texting');
			expect(reply.json.hook_url).toMatch(new RegExp(`^https://dunwell\\.example/api/hooks/twilio/${practiceId}\\.texting\\.[\\w-]{43}$`));
			expect(reply.json.hook_setup.length).toBeGreaterThan(20);
			expect(asked).toBe(1);
		});

		it('keep credentials sealed: they come out of no answer and lie in no column', async () => {
			expect((await call('GET', '/connections')).text).not.toContain('right');
			const row = await service.deps.ledger.practice(practiceId, (tx) =>
				tx.selectFrom('connection').selectAll().where('connection', '=', 'texting').executeTakeFirstOrThrow(),
			);
			expect(Buffer.from(row.credentials).toString('latin1')).not.toContain('right');
			expect(service.deps.secrets.open(`connection:${practiceId}:texting`, row.credentials)).toBe(JSON.stringify(credentials));
			expect(() => service.deps.secrets.open(`connection:${practiceId}:other`, row.credentials)).toThrow();
		});

		it('that the vendor refuses are kept as broken, with what to do', async () => {
			const reply = await call('POST', '/connections', {
				body: { connection: 'wrong', vendor: 'twilio', credentials: { ...credentials, auth_token: 'wrong' } },
			});
			expect(reply.json).toMatchObject({ status: 'broken' });
			expect(reply.json.status_text).toContain('Reconnect the connection.');
			expect((await call('PUT', '/connections/wrong', { body: { credentials } })).json).toMatchObject({ status: 'working', status_text: '' });
			expect((await call('DELETE', '/connections/wrong')).status).toBe(204);
		});

		it.each([
			[
				{ connection: 'texting', vendor: 'twilio', credentials },
				409,
				'connection_exists',
				'This practice already has a connection "texting". Choose another short name, or change that one with PUT.',
			],
			[
				{ connection: 'Texting', vendor: 'twilio', credentials },
				400,
				'invalid_fields',
				'The request has a field to correct: "connection" does not have the expected form, such as billing_team.',
			],
			[{ connection: 'x', vendor: 'nobody' }, 400, 'invalid_field', `"vendor" must be one of: ${Object.keys(providers).join(', ')}.`],
			[{ connection: 'x', vendor: '__proto__' }, 400, 'invalid_field', `"vendor" must be one of: ${Object.keys(providers).join(', ')}.`],
			[
				{ connection: 'x', vendor: 'twilio', credentials: { account_sid: `AC${'a'.repeat(32)}` } },
				400,
				'invalid_fields',
				'The credentials are not what Twilio needs (account_sid, auth_token): "auth_token" is required. Add it.',
			],
		])('%j is refused', async (body, status, code, detail) => {
			expect((await call('POST', '/connections', { body })).json).toMatchObject({ status, code, detail });
		});

		it('that something uses are not removed', async () => {
			await call('PUT', '/senders/sms', { body: { connection: 'texting', address: '(317) 555-0142' } });
			expect((await call('DELETE', '/connections/texting')).json).toMatchObject({
				status: 409,
				code: 'connection_in_use',
				detail: 'This connection is used by the sender for sms. Give them another connection or remove them first.',
			});
		});
	});

	describe('senders', () => {
		it.each([
			['sms', '(317) 555-0142', '+13175550142'],
			['sms', 'MG0123456789abcdef0123456789abcdef', 'MG0123456789abcdef0123456789abcdef'],
			['sms', '72345', '72345'],
			['voice', '317.555.0142', '+13175550142'],
			['email', 'billing@alpha.example', 'billing@alpha.example'],
		])('of %s from %s', async (channel, address, kept) => {
			await call('POST', '/connections', { body: { connection: 'box', vendor: 'sandbox' } });
			expect((await call('PUT', `/senders/${channel}`, { body: { connection: 'box', address } })).json).toEqual({
				channel,
				connection: 'box',
				address: kept,
				name: '',
			});
		});

		it.each([
			['sms', { connection: 'box', address: '12' }, 400, '"address" must be a phone number with area code, such as +1 317 555 0142.'],
			['sms', { connection: 'box' }, 400, '"address" is required: the number that messages come from.'],
			['email', { connection: 'box', address: 'billing' }, 400, '"address" must be the mailbox that messages come from, such as billing@practice.example.'],
			[
				'email',
				{ connection: 'texting', address: 'b@alpha.example' },
				400,
				'The connection "texting" (Twilio) cannot send by e-mail. Choose one that can; GET /api/setup/vendors lists what each does.',
			],
			['email', { connection: 'nobody', address: 'b@alpha.example' }, 404, 'This practice has no connection "nobody". GET /api/setup/connections lists them.'],
			['pigeon', { connection: 'box', address: 'x' }, 404, 'There is no channel "pigeon". The channels are: sms, voice, email, letter, fax, portal.'],
		])('of %s as %j are refused', async (channel, body, status, detail) => {
			const { json } = await call('PUT', `/senders/${channel}`, { body });
			expect([json.status, json.detail.includes(detail) || json.errors[0]?.message === detail]).toEqual([status, true]);
		});

		it('are removed once', async () => {
			expect((await call('DELETE', '/senders/voice')).status).toBe(204);
			expect((await call('DELETE', '/senders/voice')).json).toMatchObject({ status: 404, code: 'sender_unknown' });
		});
	});

	describe('the policy', () => {
		it('keeps every version', async () => {
			const changed = { ...DEFAULT_POLICY, sending: 'automatic' as const };
			const put = await call('PUT', '/policy', { body: changed });
			expect(put.json).toMatchObject({ changed: true, policy: changed });
			expect((await call('PUT', '/policy', { body: changed })).json).toMatchObject({ changed: false, policy_hash: put.json.policy_hash });
			const { json } = await call('GET', '/policy');
			expect(json.policy_hash).toBe(put.json.policy_hash);
			expect(json.versions.map((version: { actor: string }) => version.actor.split(':')[0])).toHaveLength(2);
		});

		it('whose parts contradict is refused by name, and nothing is kept', async () => {
			const before = (await call('GET', '/policy')).json.policy_hash;
			const { json } = await call('PUT', '/policy', {
				body: {
					...DEFAULT_POLICY,
					milestones: [
						{ days: 15, message: 'reminder_1' },
						{ days: 7, message: 'reminder_2' },
					],
				},
			});
			expect(json.status).toBe(400);
			expect(json.errors[0].field).toContain('milestones');
			expect((await call('PUT', '/policy', { body: { ...DEFAULT_POLICY, colour: 'red' } })).json.errors[0].field).toBe('colour');
			expect((await call('GET', '/policy')).json.policy_hash).toBe(before);
		});
	});

	describe('settings', () => {
		it('change one by one, as they are dialled and addressed', async () => {
			expect(
				(
					await call('PATCH', '/settings', {
						body: { callback_phone: '(317) 555-0142', pay_link: 'https://pay.alpha.example/x', locations: ['Main Street', ' Main Street ', 'North'] },
					})
				).json,
			).toEqual({ callback_phone: '+13175550142', pay_link: 'https://pay.alpha.example/x', locations: ['Main Street', 'North'] });
			expect((await call('PATCH', '/settings', { body: { final_share: { aging_report: true } } })).json.final_share).toEqual({ aging_report: true });
			expect((await call('PATCH', '/settings', { body: { final_share: { api: false }, pay_link: '' } })).json).toEqual({
				callback_phone: '+13175550142',
				locations: ['Main Street', 'North'],
				final_share: { aging_report: true, api: false },
			});
		});

		it.each([
			['callback_phone', 'call us', '"callback_phone" must be a phone number with area code, such as +1 317 555 0142.'],
			['pay_link', 'http://pay.alpha.example', '"pay_link" must start with https:// and name a public host: patients open it.'],
			['own_mailbox', 'nobody', '"own_mailbox" must be an e-mail address.'],
		])('%s is not %s', async (field, value, message) => {
			expect((await call('PATCH', '/settings', { body: { [field]: value } })).json.errors).toEqual([{ field, message }]);
		});
	});

	describe('routes and staff', () => {
		it('"Dunwell only" is always there and stays as it is', async () => {
			expect((await call('GET', '/routes')).json.items[0]).toEqual({
				route: 'dunwell_only',
				label: 'Dunwell only',
				connection: '',
				channel: '',
				target: '',
				sender: '',
				staff: '',
				problem: '',
				builtin: true,
			});
			expect((await call('PUT', '/routes/dunwell_only', { body: { label: 'Mine' } })).json).toMatchObject({ status: 409, code: 'route_builtin' });
		});

		it('a route names a connection that takes work and staff who exist', async () => {
			expect((await call('PUT', '/routes/billing_team', { body: { label: 'Billing', connection: 'box', target: 'b', staff: 'ann' } })).json).toEqual({
				route: 'billing_team',
				label: 'Billing',
				connection: 'box',
				channel: '',
				target: 'b',
				sender: '',
				staff: 'ann',
				problem: '',
				builtin: false,
			});
			expect((await call('PUT', '/routes/texts', { body: { label: 'Texts', connection: 'texting' } })).json.errors[0].field).toBe('channel');
			expect((await call('PUT', '/routes/texts', { body: { label: 'Texts', staff: 'bob' } })).json.code).toBe('staff_unknown');
			expect((await call('PUT', '/routes/Not%20A%20Name', { body: { label: 'Texts' } })).json.errors[0].field).toBe('route');
		});

		const person = { label: 'On call', connection: 'texting', channel: 'sms', target: '(317) 555-0142', sender: '212-555-0199' };

		it('a route writes to a person from a sender of its own, and the number stays out of the chain', async () => {
			const set = (body: object) => call('PUT', '/routes/on_call', { body });
			expect((await set(person)).json).toEqual({
				route: 'on_call',
				label: 'On call',
				connection: 'texting',
				channel: 'sms',
				target: '+13175550142',
				sender: '+12125550199',
				staff: '',
				problem: '',
				builtin: false,
			});
			const service = `MG${'b'.repeat(32)}`;
			expect((await set({ ...person, sender: service })).json).toMatchObject({ sender: service });
			const { target, ...mailed } = { ...person, connection: 'box', channel: 'email', sender: 'staff@practice.example' };
			expect((await set({ ...mailed, target: 'Dana@Practice.example' })).json).toMatchObject({
				target: 'dana@practice.example',
				sender: 'staff@practice.example',
			});
			const entries = (await call('GET', '/audit?limit=500')).json.items.filter((entry: { subject: string }) => entry.subject === 'on_call');
			expect(entries).toHaveLength(3);
			expect(JSON.stringify(entries.map((entry: { body: object }) => entry.body))).not.toMatch(/5550142|dana/i);
			await call('DELETE', '/routes/on_call');
		});

		it.each([
			['connection', { connection: undefined }, 'A route with "channel" needs "connection": the one that sends by text message.'],
			['channel', { channel: 'voice' }, '"channel" must be one of: sms, email'],
			[
				'channel',
				{ channel: undefined, sender: undefined },
				/^The connection "texting" \(Twilio\) holds no staff work, but it can write to a person: give "channel" \(sms\)/,
			],
			['connection', { channel: 'email', target: 'dana@practice.example', sender: 'staff@practice.example' }, /cannot send by e-mail\. Choose one that can/],
			['target', { target: '12345' }, '"target" must be a phone number with area code, such as +1 317 555 0142.'],
			['target', { target: undefined }, '"target" must be a phone number with area code, such as +1 317 555 0142.'],
			['target', { channel: 'email' }, '"target" must be the mailbox of a staff member, such as dana@practice.example.'],
			[
				'sender',
				{ sender: undefined },
				'"sender" is required: the number or messaging service that staff are written from. The patients\' sender is never taken by itself; name one, best one of its own.',
			],
			['sender', { sender: '+1' }, '"sender" must be a phone number with area code, such as +1 317 555 0142.'],
			[
				'sender',
				{ channel: 'email', target: 'dana@practice.example', sender: 'Dana' },
				'"sender" must be the mailbox that messages come from, such as billing@practice.example.',
			],
			['sender', { channel: undefined }, '"sender" is for a route that writes to a person. Give "channel" (sms or email) with it, or leave it out.'],
		])('refuses a wrong %s of such a route: %o', async (field, change, message) => {
			const answer = await call('PUT', '/routes/on_call', { body: { ...person, ...change } });
			expect(answer.status).toBe(400);
			expect(answer.json.errors).toEqual([{ field, message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message) }]);
			expect((await call('GET', '/routes')).json.items.map(({ route }: { route: string }) => route)).not.toContain('on_call');
		});

		it('what is in use is not removed', async () => {
			expect((await call('DELETE', '/staff/ann')).json).toMatchObject({ status: 409, code: 'staff_in_use' });
			await call('PUT', '/policy', { body: { ...DEFAULT_POLICY, escalation: { ...DEFAULT_POLICY.escalation, route: 'billing_team' } } });
			expect((await call('DELETE', '/routes/billing_team')).json).toMatchObject({ status: 409, code: 'route_in_use' });
		});
	});

	describe('the checklist', () => {
		interface Item {
			code: string;
			ok: boolean;
			blocking: boolean;
			remedy: string;
		}

		it('of a new practice names what is missing and the command that mends it', async () => {
			const { keys } = await newPractice('Gamma Home Care');
			const { json } = await call('GET', '/checklist', { key: keys[0]?.api_key });
			expect(json.ready).toBe(false);
			expect(json.items.filter((item: Item) => !item.ok && item.blocking).map((item: Item) => item.code)).toEqual([
				'sender',
				'callback_phone',
				'pay_link',
				'accounts',
			]);
			expect(json.items.filter((item: Item) => !item.ok && item.remedy === '')).toEqual([]);
		});

		it('names a message of the ladder that has no words', async () => {
			const { keys } = await newPractice('Zeta');
			const key = keys[0]?.api_key;
			await call('PUT', '/policy', { key, body: { ...DEFAULT_POLICY, milestones: [{ days: 7, message: 'friendly' }] } });
			const { json } = await call('GET', '/checklist', { key });
			expect(json.items.find((item: Item) => item.code === 'text_friendly')).toMatchObject({
				ok: false,
				blocking: true,
				remedy: 'Add its texts to the policy\'s "texts", such as "friendly.sms.en", or use a message that has some.',
			});
		});

		it('ticks off what is done', async () => {
			const { json } = await call('GET', '/checklist');
			const ok = Object.fromEntries(json.items.map((item: Item) => [item.code, item.ok]));
			expect(ok).toMatchObject({
				live_key: true,
				sender: true,
				connection_texting: true,
				callback_phone: true,
				policy_route: true,
				public_url: true,
				database: kind === 'postgres',
				accounts: false,
			});
		});
	});

	describe('a snapshot', () => {
		it('sets client 15 up like client 1, without secrets, patients, numbers or addresses', async () => {
			const { json: snapshot, text } = await call('GET', '/snapshot');
			for (const secret of ['right', '555-0142', '5550142', 'alpha.example', 'Ann Lee', 'Main Street']) expect(text).not.toContain(secret);
			const { keys } = await newPractice('Delta Allergy');
			const key = keys[0]?.api_key;
			const applied = await call('PUT', '/snapshot', { key, body: snapshot });
			expect(applied.status).toBe(200);
			expect(applied.json.left).toContain('Connect "box" (sandbox), then set the sender for sms.');
			expect((await call('GET', '/policy', { key })).json.policy).toEqual(snapshot.policy);
			expect((await call('GET', '/routes', { key })).json.items[1]).toEqual({
				route: 'billing_team',
				label: 'Billing',
				connection: '',
				channel: '',
				target: '',
				sender: '',
				staff: '',
				problem: '',
				builtin: false,
			});
		});

		it('takes along how a route writes to a person, and neither the person nor the sender', async () => {
			await call('PUT', '/routes/on_call', {
				body: { label: 'On call', connection: 'box', channel: 'sms', target: '+13175550177', sender: '+12125550198' },
			});
			const { json: snapshot, text } = await call('GET', '/snapshot');
			expect(snapshot.routes).toContainEqual({ route: 'on_call', label: 'On call', connection: 'box', channel: 'sms', vendor: 'sandbox' });
			expect(text).not.toMatch(/5550177|5550198/);
			const { keys } = await newPractice('Theta Allergy');
			const key = keys[0]?.api_key;
			await call('POST', '/connections', { key, body: { connection: 'box', vendor: 'sandbox' } });
			expect((await call('PUT', '/snapshot', { key, body: snapshot })).json.left).toContain('Set the target and the sender of the route "on_call".');
			expect((await call('GET', '/routes', { key })).json.items).toContainEqual(
				expect.objectContaining({ route: 'on_call', connection: 'box', channel: 'sms', target: '', sender: '' }),
			);
			const { json } = await call('GET', '/checklist', { key });
			expect(json.items.find((item: { code: string }) => item.code === 'route_on_call')).toMatchObject({
				ok: false,
				blocking: false,
				remedy:
					'It names no person or no sender yet: npm run dunwell -- route set on_call --label <name> --connection <name> --channel sms --target <whom> --sender <from>',
			});
			await call('DELETE', '/routes/on_call');
		});

		it('applied where it was taken changes nothing', async () => {
			const before = (await call('GET', '/snapshot')).json;
			expect((await call('PUT', '/snapshot', { body: before })).json.left).toEqual([]);
			expect((await call('GET', '/snapshot')).json).toEqual(before);
			expect((await call('GET', '/routes')).json.items[1]).toMatchObject({ route: 'billing_team', target: 'b', staff: 'ann' });
		});
	});

	describe('the audit', () => {
		it('holds every change with its actor, and its chain proves it', async () => {
			const { json } = await call('GET', '/audit?limit=500');
			const kinds = new Set(json.items.map((entry: { kind: string }) => entry.kind));
			for (const kind of [
				'practice_created',
				'practice_changed',
				'connection_created',
				'connection_checked',
				'sender_set',
				'policy_changed',
				'settings_changed',
				'route_set',
				'staff_set',
				'snapshot_applied',
			])
				expect(kinds).toContain(kind);
			expect(new Set(json.items.map((entry: { actor: string }) => entry.actor.split(':')[0]))).toEqual(new Set(['operator', 'key']));
			expect(JSON.stringify(json)).not.toContain('right');
			expect(json.items.every((entry: { personal: unknown }) => entry.personal === null)).toBe(true);
			expect((await call('GET', '/audit/check')).json).toMatchObject({ ok: true, entries: json.items.length });
		});

		it('shows personal parts to a key with the scope, and notes that it did', async () => {
			const created = await call('POST', '/keys', { body: { mode: 'live', scopes: ['setup', 'contact_details'], label: 'Compliance' } });
			const key = created.json.api_key;
			expect((await call('GET', '/audit?subject=ann', { key })).json.items[0].personal).toMatchObject({ name: 'Ann Lee' });
			expect((await call('GET', '/audit?limit=500', { key })).json.items.at(-1)).toMatchObject({ kind: 'audit_read', actor: `key:${created.json.key_id}` });
		});
	});

	describe('health', () => {
		it('of all practices is one call of the operator', async () => {
			const { json } = await service.call('GET', '/api/setup/practices/health', { key: OPERATOR_KEY });
			expect(json.items.map((item: { name: string }) => item.name).sort()).toEqual([
				'Alpha Allergy & Asthma',
				'Beta Care',
				'Delta Allergy',
				'Gamma Home Care',
				'Theta Allergy',
				'Zeta',
			]);
			expect(json.items.every((item: { attention_text: string }) => item.attention_text.startsWith('Set-up is not finished.'))).toBe(true);
		});
	});

	describe('a practice that ends', () => {
		it('is exported whole: every record, no secret', async () => {
			expect((await call('GET', '/practice/export')).json).toMatchObject({ status: 403, code: 'scope_missing' });
			const { text, headers } = await service.call('GET', '/api/setup/practice/export', { key: OPERATOR_KEY, headers: { 'dunwell-practice': practiceId } });
			expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
			const rows = text
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line) as { table: string; row: Record<string, unknown> });
			expect(new Set(rows.map((row) => row.row['practice_id']))).toEqual(new Set([practiceId]));
			expect(rows.filter((row) => row.table === 'audit').length).toBeGreaterThan(20);
			expect(rows.find((row) => row.table === 'connection')?.row).not.toHaveProperty('credentials');
			expect(rows.find((row) => row.table === 'api_key')?.row).not.toHaveProperty('hash');
		});

		it('is exported in pages that neither lose nor repeat a row', async () => {
			const rows = 1203;
			await service.deps.ledger.practice(practiceId, (tx) =>
				tx.insertInto('vendor_event').values({ practice_id: practiceId, vendor: 'x', event_id: 'y', at: new Date() }).execute(),
			);
			await service.deps.ledger.practice(practiceId, (tx) =>
				tx
					.insertInto('review')
					.values(
						Array.from({ length: rows }, (_, i) => ({
							practice_id: practiceId,
							review_ref: `rev_${i}`,
							test: false,
							mode: 'report_only',
							filters: '{}',
							totals: '{}',
							items: '[]',
							actor: 'x',
							at: new Date(i),
						})),
					)
					.execute(),
			);
			const { text } = await service.call('GET', '/api/setup/practice/export', { key: OPERATOR_KEY, headers: { 'dunwell-practice': practiceId } });
			const refs = text
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line))
				.filter((row) => row.table === 'review')
				.map((row) => row.row.review_ref);
			expect([refs.length, new Set(refs).size]).toEqual([rows, rows]);
		});

		it('is closed by its exact name, and then its keys open nothing', async () => {
			const { keys, practice_id } = await newPractice('Epsilon');
			const [first, test] = keys.map((key) => key.api_key);
			expect((await call('POST', '/practice/close', { key: first, body: { confirm: 'epsilon' } })).json).toMatchObject({ status: 400, code: 'not_confirmed' });
			expect((await call('POST', '/practice/close', { key: first, body: { confirm: 'Epsilon' } })).json).toMatchObject({ practice_id, cancelled_reminders: 0 });
			for (const key of [first, test]) expect((await service.call('GET', '/api/me', { key })).json).toMatchObject({ status: 403, code: 'practice_closed' });
			const { json } = await service.call('GET', '/api/setup/practices', { key: OPERATOR_KEY });
			expect(json.items.find((item: { name: string }) => item.name === 'Epsilon').closed_at).not.toBe('');
		});
	});
});
