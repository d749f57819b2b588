/** Every trigger raised for real: what subscribers get is what the catalogue promises, on each surface. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PropertySchema, plain } from '../../../shared/contracts/schema.ts';
import { errorsOf } from '../../../shared/contracts/validate.ts';
import { EVENT_TYPES } from '../../../shared/contracts/words.ts';
import { operations } from '../../../shared/operations/registry.ts';
import { call, createAccount, createPractice, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { claim, eventsOf, type Listener, remittance, settle, signed, startListener, subscribe } from './kit.ts';

const SECRET = 'a secret of sixteen or more';
const NAME = 'Jane Roe';
const PHONE = '+13175550142';
const REPLY = 'Jane here, I already paid this at the desk';

let service: Running;
let zap: Listener;
let practice: TestPractice;
/** A key that may not see whom it is about. */
let blind: string;

beforeAll(async () => {
	service = await startService();
	zap = await startListener();
	practice = await createPractice(service.url, { twilio: false });
	blind = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read', 'write', 'send'], label: 'flow' })).api_key;
	const { hook_url } = await practice.setup('POST', '/connections', {
		connection: 'billing',
		vendor: 'generic',
		credentials: { secret: SECRET },
		check: false,
	});
	for (const type of EVENT_TYPES) {
		await subscribe(practice, type, `${zap.url}/api/${type}`);
		await subscribe(practice, type, `${zap.url}/zapier/${type}`, {}, { 'dunwell-surface': 'zapier' });
		await subscribe({ url: practice.url, live: blind }, type, `${zap.url}/flow/${type}`, {}, { 'dunwell-surface': 'power_automate' });
	}
	const ref = await createAccount(practice, { your_reference: 'A-1', days: 8, consent: false, fields: { patient_name: NAME, location: 'Main Street' } });
	await practice.must('POST', '/api/files', { kind: 'remittance', content: remittance(claim('C1-501', '1', 100, 0, ['CAS*CO*197*100'])) });
	await settle(service, practice);
	await practice.must('POST', '/api/reminders', { account_ref: ref });
	await practice.must('POST', '/api/payments', {
		account_ref: ref,
		payment: 'P-1',
		status: 'failed',
		amount: 84.2,
		method: 'card',
		code: 'insufficient_funds',
	});
	await practice.must('POST', '/api/escalations', { account_ref: ref, reason: 'financial_hardship', title: `${NAME} asked for help`, text: `Call ${NAME}` });
	await createAccount(practice, { your_reference: 'A-2', days: 1, phone: PHONE, fields: { patient_name: NAME } });
	await service.advance(60_000);
	const reply = signed(SECRET, 'msg_1', service.clock.now, { type: 'reply', data: { channel: 'sms', from: PHONE, text: REPLY } });
	const received = await call(service.url, '', 'POST', new URL(hook_url).pathname, { raw: reply.raw, headers: reply.headers });
	expect(received.status).toBe(204);
	const owing = await createAccount(practice, { your_reference: 'A-3', days: 1, amount: 640, consent: false });
	await practice.must('POST', '/api/accounts', { account_ref: owing, high_deductible: true });
	const disputing = await createAccount(practice, { your_reference: 'A-5', days: 1, consent: false });
	await practice.must('POST', '/api/payments', { account_ref: disputing, payment: 'P-3', status: 'disputed', amount: 60, method: 'card', code: 'fraudulent' });
	await practice.must('POST', '/api/accounts/flag', { account_ref: owing, purpose: 'review', priority: 'high', note: `Call ${NAME}` });
	const visiting = await createAccount(practice, { your_reference: 'A-4', days: 1, consent: false });
	const completed_at = new Date(service.clock.now - 2 * 86_400_000).toISOString();
	await practice.must('POST', '/api/appointments', { account_ref: visiting, appointment: 'V-1', completed_at, copay_due: 35, copay_collected: 10 });
	await practice.must('POST', '/api/arrangements', { account_ref: visiting, kind: 'promise', amount: 20, first_on: '2026-11-24' });
	await practice.must('POST', '/api/payments', { account_ref: ref, payment: 'P-2', status: 'succeeded', amount: 84.2, method: 'card' });
	await practice.must('POST', '/api/reviews', {});
	await settle(service, practice);
});
afterAll(async () => {
	await zap[Symbol.asyncDispose]();
	await service.close();
});

const marked = (schema: PropertySchema): string[] =>
	Object.entries(schema.properties ?? {}).flatMap(([name, property]) => (property.patientData ? [name] : []));

describe.each(EVENT_TYPES)('%s', (type) => {
	const { output } = operations[type];

	it('was raised, and its body keeps to the catalogue', () => {
		const bodies = zap.at(`/api/${type}`);
		expect(bodies.length).toBeGreaterThan(0);
		for (const body of bodies) {
			expect(errorsOf(output, body)).toEqual([]);
			expect(body.event_type).toBe(type);
		}
	});

	it('is the same when it is asked for', async () => {
		const polled = await eventsOf(practice, type);
		const byCode = (a: { event_id: string }, b: { event_id: string }) => (a.event_id < b.event_id ? -1 : 1);
		expect(polled.toSorted(byCode)).toEqual(zap.at(`/api/${type}`).toSorted(byCode));
		const onZapier = await eventsOf(practice, type, '', { 'dunwell-surface': 'zapier' });
		expect(onZapier.toSorted(byCode)).toEqual(zap.at(`/zapier/${type}`).toSorted(byCode));
	});

	it('has no patient data on Zapier, whatever the key may see, and null for a flow whose key may not', () => {
		const names = marked(plain(output));
		const full = zap.at(`/api/${type}`);
		const zapier = zap.at(`/zapier/${type}`);
		const flow = zap.at(`/flow/${type}`);
		expect([zapier.length, flow.length]).toEqual([full.length, full.length]);
		for (const body of zapier) for (const name of names) expect(body).not.toHaveProperty(name);
		for (const body of flow) for (const name of names) expect(body[name] ?? null).toBeNull();
		for (const body of [...zapier, ...flow]) expect(JSON.stringify(body)).not.toMatch(/Jane|Roe|3175550142|at the desk/);
	});
});

it('says what happened in each: amounts, words and codes', () => {
	const only = (type: string) => zap.at(`/api/${type}`)[0];
	expect(only('balance_overdue')).toMatchObject({ amount: 84.2, days_overdue: 7, location: 'Main Street', can_contact: false });
	expect(only('payment_failed')).toMatchObject({
		amount: 84.2,
		status: 'failed',
		method: 'card',
		code: 'insufficient_funds',
		autopay: false,
		summary: 'A payment of $84.20 failed.',
		failed_at: '2026-11-24T12:00:00-05:00',
	});
	expect(only('claim_denied')).toMatchObject({
		amount: 100,
		payer: 'EXAMPLE HEALTH PLAN',
		category: 'authorization',
		codes_text: 'CO-197',
		line_count: 1,
		line_total: 1,
	});
	expect(only('balance_over_threshold')).toMatchObject({ amount: 640, threshold: 200, threshold_text: '$200.00', from_policy: true, invoice_count: 1 });
	expect(only('appointment_balance_due')).toMatchObject({ amount: 25, completed_at: '2026-11-22T12:01:00-05:00', message: 'appointment_balance' });
	expect(only('payment_disputed')).toMatchObject({ amount: 60, method: 'card', code: 'fraudulent', dispute_reason: '', can_contact: false });
	expect(only('payment_plan_due')).toMatchObject({
		amount: 20,
		kind: 'promise',
		stage: 'due',
		due_on: '2026-11-24',
		remaining_amount: 20,
		installment_count: 1,
	});
	expect(only('rule_matched')).toMatchObject({ amount: 640, rule: 'high_deductible', rule_label: 'High-deductible plan', message: 'plan_offer' });
	expect(only('account_flagged')).toMatchObject({ amount: 640, purpose: 'review', priority: 'high', note_text: `Call ${NAME}`, message: '' });
	expect(only('balance_paid')).toMatchObject({ amount: 84.2, paid_by: 'payment', remaining_amount: 0 });
	expect(only('reminder_not_delivered')).toMatchObject({ problem: 'suppressed' });
	expect(only('patient_replied')).toMatchObject({ meaning: 'already_paid', channel: 'sms', reply_text: REPLY, replied_at: '2026-11-24T12:01:00-05:00' });
	expect(zap.at('/api/escalation_raised').map((body) => body.reason)).toEqual(
		expect.arrayContaining(['financial_hardship', 'patient_asked', 'missing_information']),
	);
	expect(
		zap
			.at('/api/review_finished')
			.map((body) => body.kind)
			.sort(),
	).toEqual(['import', 'review']);
});

it('keeps a title that somebody wrote for staff who may see names, and puts its own into events', async () => {
	const [work] = zap.at('/api/escalation_raised').filter((body) => body.reason === 'financial_hardship');
	expect(work).toMatchObject({ title: 'Financial hardship: $84.20', summary: 'Staff work opened: Financial hardship: $84.20.' });
	const titles = async (key: string) =>
		((await call(service.url, key, 'GET', `/api/accounts/${work.account_ref}`)).json.work as { title: string; escalation_ref: string }[])
			.filter((item) => item.escalation_ref === work.escalation_ref)
			.map((item) => item.title);
	expect(await titles(practice.live)).toEqual([`${NAME} asked for help`]);
	expect(await titles(blind)).toEqual(['Financial hardship: $84.20']);
});
