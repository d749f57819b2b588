/** What is not accepted: the right status, a sentence that helps, and nothing half-written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, createAccount, createPractice, dayBefore, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { dump, settle, signed, WRITTEN } from './kit.ts';

let service: Running;
let practice: TestPractice;
let other: TestPractice;
let ref: string;
/** Codes of things that belong to the other practice. */
const theirs = { account_ref: '', event: '', hold: '', reminder: '', import: '', escalation: '', subscription: '', hook: '' };
const SECRET = 'a secret of sixteen or more';

beforeAll(async () => {
	service = await startService();
	practice = await createPractice(service.url, { twilio: false });
	other = await createPractice(service.url, { twilio: false, name: 'Other' });
	ref = await createAccount(practice, { your_reference: 'A-1', fields: { invoice: 'INV-1' } });
	theirs.account_ref = await createAccount(other, { your_reference: 'B-1' });
	theirs.hold = (await other.must('POST', '/api/holds', { scope: 'account', reason: 'promise', account_ref: theirs.account_ref })).hold_ref;
	theirs.reminder = (await other.must('POST', '/api/reminders/prepare', { account_ref: await createAccount(other, { your_reference: 'B-2' }) })).reminder_ref;
	theirs.import = (await other.must('POST', '/api/balances/import', { rows: [{ your_reference: 'B-3', amount: 5 }] })).import_ref;
	theirs.escalation = (await other.must('POST', '/api/escalations', { reason: 'other' })).escalation_ref;
	theirs.hook = (
		await other.setup('POST', '/connections', { connection: 'billing', vendor: 'generic', credentials: { secret: SECRET }, check: false })
	).hook_url;
	await settle(service, practice);
	await settle(service, other);
	theirs.event = (await other.must('GET', '/api/events/balance_overdue')).items[0].event_id;
	expect(Object.values(theirs).filter((code) => code === '')).toEqual(['']);
});
afterAll(() => service.close());

/** Both practices before and after: equal but for reads noted in the audit. */
async function unchanged(work: () => Promise<void>): Promise<void> {
	const before = [await dump(service, practice, WRITTEN), await dump(service, other, WRITTEN)];
	await work();
	expect([await dump(service, practice, WRITTEN), await dump(service, other, WRITTEN)]).toEqual(before);
}

/** A problem in the words of RFC 9457 that names the field, and never repeats what was sent. */
function expectProblem(answer: Answer, status: number, detail: string | RegExp, field?: string): void {
	expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
	expect(answer.json).toMatchObject({
		status,
		title: expect.stringMatching(/./),
		type: expect.stringMatching(/^urn:dunwell:problem:/),
		code: expect.stringMatching(/^[a-z0-9_]+$/),
	});
	expect(answer.json.detail).toMatch(detail);
	if (field !== undefined) expect(answer.json.errors.map((error: { field: string }) => error.field)).toContain(field);
}

const BALANCE = { your_reference: 'NEW', amount: 10 };

describe('a body that is wrong', () => {
	it.each<[string, string, string, object, string, RegExp]>([
		['an unknown field', 'POST', '/api/balances', { ...BALANCE, amonut: 5 }, 'amonut', /"amonut" is not a field of this operation/],
		['a wrong type', 'POST', '/api/balances', { ...BALANCE, amount: 'ten' }, 'amount', /"amount" must be a/],
		['a flag as text', 'POST', '/api/balances', { ...BALANCE, disputed: 'no' }, 'disputed', /"disputed" must be/],
		['a missing amount', 'POST', '/api/balances', { your_reference: 'NEW' }, 'amount', /"amount" is required/],
		['no account', 'POST', '/api/balances', { amount: 5 }, 'your_reference', /"your_reference" or "account_ref"/],
		['a negative amount', 'POST', '/api/balances', { ...BALANCE, amount: -0.01 }, 'amount', /"amount" must be 0 or more/],
		['an absurd amount', 'POST', '/api/balances', { ...BALANCE, amount: 1e12 }, 'amount', /"amount" must be/],
		['parts of a cent', 'POST', '/api/balances', { ...BALANCE, amount: 10.005 }, 'amount', /"amount"/],
		['parts of a yen', 'POST', '/api/balances', { ...BALANCE, amount: 10.5, currency: 'JPY' }, 'amount', /"amount" has more decimals than JPY has/],
		['a day that is none', 'POST', '/api/balances', { ...BALANCE, due_date: '2026-02-30' }, 'due_date', /"due_date" must be a real date/],
		[
			'a day in another writing',
			'POST',
			'/api/balances',
			{ ...BALANCE, first_notice_date: '11/24/2026' },
			'first_notice_date',
			/"first_notice_date" must be a real date/,
		],
		['an instant without an offset', 'POST', '/api/balances', { ...BALANCE, as_of: '2026-11-24T10:00:00' }, 'as_of', /"as_of" must/],
		['an instant that is yet to come', 'POST', '/api/balances', { ...BALANCE, as_of: '2026-11-25T12:00:00Z' }, 'as_of', /"as_of" lies in the future/],
		['a phone that is none', 'POST', '/api/balances', { ...BALANCE, phone: '12' }, 'phone', /"phone" is not a phone number that can be dialled/],
		['an e-mail that is none', 'POST', '/api/balances', { ...BALANCE, email: 'jane at example' }, 'email', /"email" must be an e-mail/],
		['a state that is none', 'POST', '/api/balances', { ...BALANCE, state: 'Ohio' }, 'state', /"state" does not have the expected form, such as NY/],
		[
			'a payment of nothing known',
			'POST',
			'/api/payments',
			{ your_reference: 'A-1', payment: 'p', status: 'lost', amount: 5 },
			'status',
			/"status" must be one of: succeeded, failed, returned, disputed/,
		],
		[
			'a payment yet to come',
			'POST',
			'/api/payments',
			{ your_reference: 'A-1', payment: 'p', status: 'succeeded', amount: 5, at: '2026-12-01T00:00:00Z' },
			'at',
			/"at" lies in the future/,
		],
		[
			'a consent without evidence',
			'POST',
			'/api/accounts',
			{ your_reference: 'A-1', sms_consent: 'yes' },
			'consent_evidence',
			/"consent_evidence" is needed with every Yes/,
		],
		['a zone that is none', 'POST', '/api/accounts', { your_reference: 'A-1', time_zone: 'America/Nowhere' }, 'time_zone', /"time_zone" is not a time zone/],
		['a reminder on no date', 'POST', '/api/reminders', { your_reference: 'A-1', when: 'on_date' }, 'send_on', /"send_on" is needed/],
		['a message that nobody wrote', 'POST', '/api/reminders', { your_reference: 'A-1', message: 'threat' }, 'message', /There is no message "threat"/],
		[
			'an invoice that is none',
			'POST',
			'/api/reminders',
			{ your_reference: 'A-1', invoice: 'INV-9' },
			'invoice',
			/"invoice" is not an open invoice of this account/,
		],
		[
			'a hold in the past',
			'POST',
			'/api/holds',
			{ scope: 'account', reason: 'promise', your_reference: 'A-1', until: '2026-11-24' },
			'until',
			/"until" lies in the past/,
		],
		['a hold on no location', 'POST', '/api/holds', { scope: 'location', reason: 'promise' }, 'location', /"location" is needed/],
		['a hold on no invoice', 'POST', '/api/holds', { scope: 'invoice', reason: 'promise', your_reference: 'A-1' }, 'invoice', /"invoice" is needed/],
		['a release of nothing', 'POST', '/api/holds/release', {}, 'scope', /Give "hold_ref", or "scope"/],
		['a contact by no channel', 'POST', '/api/contacts', { your_reference: 'A-1', outcome: 'reached' }, 'channel', /"channel" is needed/],
		[
			'a contact that was not made',
			'POST',
			'/api/contacts',
			{ your_reference: 'A-1', outcome: 'not_sent', channel: 'sms' },
			'outcome',
			/"not_sent" releases a prepared reminder/,
		],
		['a route that is none', 'POST', '/api/escalations', { reason: 'other', route: 'nowhere' }, 'route', /There is no route "nowhere"/],
		['a review in no mode', 'POST', '/api/reviews', { mode: 'blast' }, 'mode', /"mode" must be one of/],
		['no rows', 'POST', '/api/balances/import', { rows: [] }, 'rows', /"rows"/],
		[
			'too many rows',
			'POST',
			'/api/balances/import',
			{ rows: Array.from({ length: 501 }, (_, i) => ({ your_reference: `R${i}`, amount: 1 })) },
			'rows',
			/"rows" must have at most 500/,
		],
		['an unknown column in a row', 'POST', '/api/balances/import', { rows: [{ ...BALANCE, owed: 5 }] }, 'rows.0.owed', /is not a field of this operation/],
	])('%s: 400 that names the field', async (_name, method, path, body, field, detail) => {
		await unchanged(async () => expectProblem(await practice.call(method, path, { body }), 400, detail, field));
	});

	it.each<[string, string, RegExp]>([
		['no JSON', '{"amount": 1', /not JSON|JSON/],
		['a list', '[]', /must be a JSON object/],
		['a NUL in a text', '{"your_reference":"X\\u0000","amount":1}', /./],
	])('%s: 400', async (_name, raw, detail) => {
		await unchanged(async () => expectProblem(await practice.call('POST', '/api/balances', { raw }), 400, detail));
	});

	it('is refused at its limit, before it is read: 413', async () => {
		await unchanged(async () => {
			expectProblem(
				await practice.call('POST', '/api/balances', { raw: JSON.stringify({ ...BALANCE, patient_name: 'x'.repeat(1_048_576) }) }),
				413,
				/larger than 1 MB/,
			);
		});
	});

	it('is refused when it is no remittance, or one that is torn: nothing of it is kept', async () => {
		await unchanged(async () => {
			expectProblem(await practice.call('POST', '/api/files', { body: { kind: 'remittance', content: 'Account,Amount\n1,2' } }), 400, /./);
			expectProblem(
				await practice.call('POST', '/api/files', { body: { kind: 'aging_report', content: '%%%', encoding: 'base64' } }),
				400,
				/not base64/,
				'content',
			);
		});
	});
});

describe('a key that is wrong', () => {
	it.each<[string, () => string, number, RegExp]>([
		['none', () => '', 401, /needs an API key/],
		['one that was never made', () => `live_${practice.id}_${'x'.repeat(43)}`, 401, /./],
		['one with a letter changed', () => `${practice.live.slice(0, -1)}${practice.live.endsWith('A') ? 'B' : 'A'}`, 401, /./],
		['the secret of one practice under the name of another', () => practice.live.replace(practice.id, other.id), 401, /./],
		['a test key called live', () => practice.test.replace(/^test/, 'live'), 401, /./],
	])('%s: refused', async (_name, key, status, detail) => {
		await unchanged(async () => {
			const answer = await call(service.url, key(), 'POST', '/api/balances', { body: BALANCE });
			expectProblem(answer, status, detail);
			expect(answer.text).not.toContain(practice.live.slice(-20));
		});
	});

	it('may do only what its scopes say: 403 names the one that is missing', async () => {
		const { api_key } = await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reader' });
		await unchanged(async () => {
			expectProblem(await call(service.url, api_key, 'POST', '/api/balances', { body: BALANCE }), 403, /lacks the scope "write"/);
			expectProblem(await call(service.url, api_key, 'POST', '/api/reminders', { body: { account_ref: ref } }), 403, /lacks the scope "send"/);
			expectProblem(await call(service.url, api_key, 'GET', '/api/accounts/find?patient_name=Jane%20Roe'), 403, /contact_details/);
		});
	});
});

describe('what belongs to another practice', () => {
	it.each<[string, string, string, () => object, number, RegExp]>([
		[
			'its account, for a balance',
			'POST',
			'/api/balances',
			() => ({ account_ref: theirs.account_ref, amount: 1 }),
			404,
			/No account of this practice has this account_ref/,
		],
		[
			'its account, for a payment',
			'POST',
			'/api/payments',
			() => ({ account_ref: theirs.account_ref, payment: 'p', status: 'failed', amount: 1 }),
			404,
			/No account of this practice/,
		],
		['its account, for contact data', 'POST', '/api/accounts', () => ({ account_ref: theirs.account_ref, language: 'es' }), 404, /No account of this practice/],
		['its account, for a reminder', 'POST', '/api/reminders', () => ({ account_ref: theirs.account_ref }), 404, /No account of this practice/],
		['its account, for a prepared reminder', 'POST', '/api/reminders/prepare', () => ({ account_ref: theirs.account_ref }), 404, /No account of this practice/],
		[
			'its account, for a hold',
			'POST',
			'/api/holds',
			() => ({ scope: 'account', reason: 'promise', account_ref: theirs.account_ref }),
			404,
			/No account of this practice/,
		],
		[
			'its account, for staff work',
			'POST',
			'/api/escalations',
			() => ({ reason: 'other', account_ref: theirs.account_ref }),
			404,
			/No account of this practice/,
		],
		[
			'its account, for a contact',
			'POST',
			'/api/contacts',
			() => ({ account_ref: theirs.account_ref, outcome: 'reached', channel: 'voice' }),
			404,
			/No account of this practice/,
		],
		[
			'its event, for a reminder',
			'POST',
			'/api/reminders',
			() => ({ account_ref: ref, because_of: theirs.event }),
			400,
			/"because_of" is not an event of this practice/,
		],
		[
			'its event, for staff work',
			'POST',
			'/api/escalations',
			() => ({ reason: 'other', because_of: theirs.event }),
			400,
			/"because_of" is not an event of this practice/,
		],
		['its hold', 'POST', '/api/holds/release', () => ({ hold_ref: theirs.hold }), 400, /"hold_ref" is not a hold of this practice/],
		[
			'its prepared reminder',
			'POST',
			'/api/contacts',
			() => ({ reminder_ref: theirs.reminder, outcome: 'sent' }),
			400,
			/"reminder_ref" is not a reminder of this practice/,
		],
		['its import, for a hold', 'POST', '/api/holds', () => ({ scope: 'import', reason: 'other', import_ref: theirs.import }), 400, /"import_ref"/],
	])('%s', async (_name, method, path, body, status, detail) => {
		await unchanged(async () => expectProblem(await practice.call(method, path, { body: body() }), status, detail));
	});

	it('is not found by any look-up either', async () => {
		for (const path of ['/api/accounts/find', '/api/accounts/explain', '/api/reminders/preview'])
			expectProblem(await practice.call('GET', `${path}?account_ref=${theirs.account_ref}`), 404, /No account of this practice/);
		expectProblem(await practice.call('GET', `/api/accounts/${theirs.account_ref}`), 404, /No account of this practice/);
		expectProblem(await practice.call('POST', `/api/imports/${theirs.import}/undo`), 404, /There is no such import/);
		expectProblem(await practice.call('GET', `/api/events/balance_overdue?after=${theirs.event}`), 400, /"after" is not an event of this practice/, 'after');
	});

	it('is not reached by its address for webhooks with another practice put into it, nor with another vendor', async () => {
		const path = new URL(theirs.hook).pathname;
		const post = (to: string) => {
			const { raw, headers } = signed(SECRET, 'm1', service.clock.now, { kind: 'balance', your_reference: 'B-9', amount: '5.00' });
			return call(service.url, '', 'POST', to, { raw, headers });
		};
		await unchanged(async () => {
			for (const to of [path.replace(other.id, practice.id), path.replace('/generic/', '/stripe/'), path.slice(0, -1), '/api/hooks/generic/nothing'])
				expectProblem(await post(to), 404, /This address is not known/);
		});
		expect((await post(path)).status).toBe(204);
	});
});

describe('rows that are wrong among rows that are right', () => {
	it('come back with their position, field and remedy; the good ones are kept and every cent is accounted for', async () => {
		const good = [
			{ your_reference: 'R-1', invoice: '1', amount: 0.29, first_notice_date: dayBefore(NOON, 3) },
			{ your_reference: 'R-1', invoice: '2', amount: 1.1 },
			{ your_reference: 'R-2', amount: 1234.56, patient_name: 'Jane Roe' },
			{ account_ref: ref, invoice: 'INV-1', amount: 84.2 },
		];
		const bad: [object, string, RegExp][] = [
			[{ your_reference: 'R-3' }, 'amount', /"amount" is required/],
			[{ your_reference: 'R-3', amount: -5 }, 'amount', /"amount" must be 0 or more/],
			[{ your_reference: 'R-3', amount: 1e12 }, 'amount', /"amount" must be/],
			[{ your_reference: 'R-3', amount: 5.001 }, 'amount', /"amount"/],
			[{ your_reference: 'R-3', amount: 5, due_date: '2026-13-01' }, 'due_date', /"due_date" must be a real date/],
			[{ your_reference: 'R-3', amount: 5, phone: '12' }, 'phone', /is not a phone number/],
			[{ your_reference: 'R-3', amount: 5, email: 'x' }, 'email', /"email" must be/],
			[{ your_reference: 'R-3', amount: 5, state: 'xx' }, 'state', /"state" does not have the expected form, such as NY/],
			[{ your_reference: 'R-3', amount: 5, zip: '1' }, 'zip', /"zip" does not have the expected form, such as 10001/],
			[{ your_reference: 'R-3', amount: 5, as_of: '2030-01-01T00:00:00Z' }, 'as_of', /lies in the future/],
			[{ your_reference: 'R-3', amount: 5, currency: 'usd' }, 'currency', /"currency" does not have the expected form, such as USD/],
			[{ amount: 5 }, 'your_reference', /"your_reference" or "account_ref"/],
			[{ your_reference: '', amount: 5 }, 'your_reference', /"your_reference"/],
			[{ account_ref: theirs.account_ref, amount: 5 }, 'account_ref', /No account of this practice has this account_ref/],
			[{ account_ref: ref, amount: 5, currency: 'EUR' }, 'currency', /another currency/],
		];
		const before = (await practice.must('GET', '/api/aging')).total;
		const answer = await practice.must('POST', '/api/balances/import', { rows: [...good, ...bad.map(([row]) => row)], source_name: 'sheet' });
		expect(answer).toMatchObject({ rows_read: 19, refused: 15, created: 3, unchanged: 1, updated: 0, paid: 0, older_ignored: 0 });
		expect(answer.created + answer.updated + answer.unchanged + answer.paid + answer.older_ignored + answer.refused).toBe(answer.rows_read);
		for (const [i, [, field, message]] of bad.entries()) {
			const problems = answer.problems.filter((problem: { position: string }) => problem.position === `row ${good.length + i + 1}`);
			expect(problems.map((problem: { field: string }) => problem.field)).toContain(field);
			expect(problems.map((problem: { message: string }) => problem.message).join(' ')).toMatch(message);
		}
		expect(answer.problems_text.split('\n')).toHaveLength(answer.problems.length);
		expect(JSON.stringify(answer)).not.toMatch(/Jane|1e12|2026-13-01/);
		expect((await practice.must('GET', '/api/aging')).total).toBeCloseTo(before + 0.29 + 1.1 + 1234.56, 5);
		expect((await practice.call('GET', '/api/accounts/find?your_reference=R-3')).status).toBe(404);
	});

	it('counts a later row of the same invoice as the one that holds', async () => {
		const answer = await practice.must('POST', '/api/balances/import', {
			rows: [
				{ your_reference: 'T-1', amount: 5 },
				{ your_reference: 'T-1', amount: 7 },
				{ your_reference: 'T-1', amount: 6, as_of: '2026-11-01T00:00:00Z' },
			],
		});
		expect(answer).toMatchObject({ rows_read: 3, created: 1, older_ignored: 2, refused: 0 });
		expect((await practice.must('GET', '/api/accounts/find?your_reference=T-1')).amount).toBe(7);
	});
});

describe('an idempotency key', () => {
	it('with other content is a conflict, in the header or in the body, and leaves the first result', async () => {
		const first = await practice.must('POST', '/api/balances', { your_reference: 'K-1', amount: 5 }, { 'idempotency-key': 'k-1' });
		await unchanged(async () => {
			expectProblem(
				await practice.call('POST', '/api/balances', { body: { your_reference: 'K-1', amount: 6, idempotency_key: 'k-1' } }),
				409,
				/used before with other content/,
				'idempotency_key',
			);
			expectProblem(
				await practice.call('POST', '/api/balances', {
					body: { your_reference: 'K-1', amount: 5, idempotency_key: 'k-2' },
					headers: { 'idempotency-key': 'k-1' },
				}),
				400,
				/differ/,
			);
			expect(await practice.must('POST', '/api/balances', { your_reference: 'K-1', amount: 5, idempotency_key: 'k-1' })).toEqual({ ...first, duplicate: true });
		});
	});

	it('of a refused call may be used again for the corrected one', async () => {
		expect((await practice.call('POST', '/api/balances', { body: { account_ref: theirs.account_ref, amount: 5, idempotency_key: 'k-3' } })).status).toBe(404);
		expect(await practice.must('POST', '/api/balances', { your_reference: 'K-3', amount: 5, idempotency_key: 'k-3' })).toMatchObject({
			outcome: 'created',
			duplicate: false,
		});
	});

	it('of one practice means nothing to another, nor that of live data to a test key', async () => {
		await practice.must('POST', '/api/payments', { your_reference: 'A-1', payment: 'p1', status: 'failed', amount: 5, idempotency_key: 'same' });
		expect(
			await other.must('POST', '/api/payments', { your_reference: 'B-1', payment: 'p1', status: 'failed', amount: 6, idempotency_key: 'same' }),
		).toMatchObject({ duplicate: false, amount: 6 });
		await createAccount(practice, { your_reference: 'A-1', key: practice.test });
		expect(
			(
				await call(service.url, practice.test, 'POST', '/api/payments', {
					body: { your_reference: 'A-1', payment: 'p1', status: 'failed', amount: 7, idempotency_key: 'same' },
				})
			).json,
		).toMatchObject({ duplicate: false, amount: 7 });
	});
});
