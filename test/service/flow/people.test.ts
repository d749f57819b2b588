/** What is recorded of people and of whom a balance is for, and what the rules make of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { eventsOf, settle } from './kit.ts';

let service: Running;
let practice: TestPractice;
let number = 0;

beforeAll(async () => {
	service = await startService();
});
beforeEach(async () => {
	service.clock.now = NOON;
	number += 1;
	practice = await createPractice(service.url, { twilio: false, name: `Practice ${number}` });
});
afterAll(() => service.close());

const update = (fields: object) => practice.must('POST', '/api/accounts', { your_reference: 'A', ...fields });
const refused = async (fields: object) => (await practice.call('POST', '/api/accounts', { body: { your_reference: 'A', ...fields } })).json.errors;
const send = (fields: object = {}) => practice.must('POST', '/api/reminders', { your_reference: 'A', ...fields });
const consents = () =>
	service.rows(practice.id, (tx) => tx.selectFrom('consent').select(['channel', 'state', 'purpose', 'risk_notice_at']).orderBy('channel').execute());

describe('Update Account', () => {
	it('keeps the guarantor, their signature and collections, and says which fields changed', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		expect(await update({ guarantor: 'G-1', guarantor_signed: false, in_collections: true })).toMatchObject({
			outcome: 'updated',
			changed_text: 'guarantor, guarantor_signed, in_collections',
			can_contact: false,
		});
		expect(await update({ guarantor: 'G-1', guarantor_signed: false })).toMatchObject({ outcome: 'unchanged', changed_text: '' });
		expect(await send()).toMatchObject({ status: 'suppressed', reason_code: 'wrong_guarantor' });
	});

	it('records what a consent speaks of and that its channel was said not to be private', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { email: 'a@example.com' } });
		expect(await update({ email_consent: 'yes', consent_purpose: 'all', consent_evidence: 'form', risk_notice: true })).toMatchObject({
			changed_text: 'email_consent, risk_notice',
		});
		expect(await consents()).toEqual([
			{ channel: 'email', state: 'granted', purpose: 'all', risk_notice_at: new Date(NOON) },
			{ channel: 'sms', state: 'granted', purpose: 'billing', risk_notice_at: null },
			{ channel: 'voice', state: 'granted', purpose: 'billing', risk_notice_at: null },
		]);
		expect(await update({ risk_notice: true })).toMatchObject({ changed_text: 'risk_notice' });
		expect(await update({ sms_consent: 'no', consent_purpose: 'all' })).toMatchObject({ changed_text: 'sms_consent' });
		expect((await consents()).map(({ channel, state, purpose }) => [channel, state, purpose])).toEqual([
			['email', 'granted', 'all'],
			['sms', 'revoked', 'all'],
			['voice', 'revoked', 'all'],
		]);
	});

	it('reaches a person in the one place they asked for, whatever the channels in order', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		expect(await refused({ only_channel: 'email' })).toEqual([
			{ field: 'only_channel', message: 'The account has nothing recorded for: E-mail. Record the number or address first.' },
		]);
		expect(await update({ only_channel: 'voice' })).toMatchObject({ changed_text: 'only_channel' });
		expect(await update({ only_channel: 'voice' })).toMatchObject({ outcome: 'unchanged' });
		expect(await send()).toMatchObject({ was_sent: true, channel: 'voice' });
		expect(await update({ only_channel: 'any' })).toMatchObject({ changed_text: 'only_channel' });
		service.clock.now += 8 * 86_400_000;
		expect(await practice.must('GET', '/api/reminders/preview?your_reference=A')).toMatchObject({ channel: 'sms' });
	});

	it('takes a fax number and whether faxes were asked for, and refuses numbers nobody can dial', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8 });
		expect(await refused({ fax_requested: true })).toEqual([{ field: 'fax_requested', message: 'No fax number of the account is known. Give "fax" with it.' }]);
		expect((await refused({ fax: '12345678' }))[0].field).toBe('fax');
		expect(await update({ fax: '(317) 555-0199', fax_requested: true, fax_consent: 'yes', consent_evidence: 'call' })).toMatchObject({
			changed_text: 'fax, fax_requested, fax_consent',
		});
		expect(await update({ fax_requested: true })).toMatchObject({ outcome: 'unchanged' });
	});
});

describe('whom a balance is for', () => {
	const balance = async (fields: object) => {
		service.clock.now += 1000;
		return practice.must('POST', '/api/balances', { your_reference: 'A', amount: 84.2, first_notice_date: '2026-11-16', final_patient_share: true, ...fields });
	};

	it('holds confidential care and a child whose birthday nobody knows, and says a correction is news', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		expect(await balance({ confidential: true })).toMatchObject({ outcome: 'updated' });
		expect(await send()).toMatchObject({ status: 'suppressed', reason_code: 'confidential' });
		expect(await balance({ confidential: false, patient_relation: 'child', patient_reference: 'C-1' })).toMatchObject({ outcome: 'updated' });
		expect((await send()).status).toBe('suppressed');
		expect(await balance({ patient_born_on: '2015-03-01', service_date: '2026-11-01' })).toMatchObject({ outcome: 'updated' });
		expect(await balance({ patient_born_on: '2015-03-01', patient_relation: 'child' })).toMatchObject({ outcome: 'unchanged' });
		expect(await send()).toMatchObject({ was_sent: true });
	});

	it('makes staff look when a self-pay bill is far above its estimate', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		await balance({ amount: 900, good_faith_estimate: 400 });
		await settle(service, practice);
		const rows = await service.rows(practice.id, (tx) => tx.selectFrom('invoice').select('estimate_minor').execute());
		expect(rows).toEqual([{ estimate_minor: 40_000 }]);
		expect((await eventsOf(practice, 'escalation_raised')).filter((event) => /estimate/i.test(event.title))).toHaveLength(1);
	});
});

describe('a dispute', () => {
	const disputes = () =>
		service.rows(practice.id, (tx) => tx.selectFrom('dispute').select(['reason', 'source', 'outcome', 'acknowledged_at']).orderBy('at').execute());

	it('of a balance opens once and ends when the source says so', async () => {
		const balance = (fields: object) => practice.must('POST', '/api/balances', { your_reference: 'A', amount: 84.2, ...fields });
		await balance({ disputed: true });
		await balance({ disputed: true });
		expect(await disputes()).toEqual([{ reason: 'unknown', source: 'api', outcome: null, acknowledged_at: null }]);
		await settle(service, practice);
		const work = (await eventsOf(practice, 'escalation_raised')).filter((event) => event.reason === 'disputed');
		expect(work.map((event) => [event.title, event.due_at.slice(0, 10)])).toEqual([['$84.20 is disputed: unknown', '2026-12-02']]);
		service.clock.now += 60_000;
		await balance({ disputed: false });
		expect((await disputes()).map(({ outcome }) => outcome)).toEqual(['settled']);
		service.clock.now += 60_000;
		await balance({ disputed: true });
		service.clock.now += 60_000;
		await balance({ amount: 0 });
		expect((await disputes()).map(({ outcome }) => outcome)).toEqual(['settled', 'paid']);
	});

	it('that came with a first import is history: nobody is told that it was received', async () => {
		await practice.must('POST', '/api/balances/import', { rows: [{ your_reference: 'A', amount: 84.2, disputed: true }] });
		expect(await disputes()).toEqual([{ reason: 'unknown', source: 'import', outcome: null, acknowledged_at: new Date(NOON) }]);
		const [{ import_id } = { import_id: '' }] = await service.rows(practice.id, (tx) => tx.selectFrom('import').select('import_id').execute());
		await practice.must('POST', `/api/imports/${import_id}/undo`);
		expect(await disputes()).toEqual([]);
	});

	it('ends when staff let reminders go on', async () => {
		await practice.must('POST', '/api/balances', { your_reference: 'A', amount: 84.2 });
		await practice.must('POST', '/api/payments', { your_reference: 'A', payment: 'P-1', status: 'disputed', amount: 20 });
		const { hold_ref } = await practice.must('POST', '/api/holds', { scope: 'account', your_reference: 'A', reason: 'dispute' });
		await practice.must('POST', '/api/holds/release', { hold_ref });
		expect((await disputes()).map(({ outcome }) => outcome)).toEqual(['settled']);
	});
});
