import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, createPractice, DAY, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { pagesOf } from './pdf.ts';

let service: Running;
beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());

/** A practice that prints; letters need no consent. */
async function printing(policy: object = {}): Promise<TestPractice> {
	service.clock.now = NOON;
	const practice = await createPractice(service.url, { policy: { channels: ['letter'], ...policy } });
	await practice.setup('PUT', '/senders/letter', { connection: 'print', address: '12 Elm Street, Phoenix, AZ 85004' });
	return practice;
}

async function letterFor(practice: TestPractice, your_reference: string, name: string, key = practice.live) {
	const account_ref = await createAccount(practice, {
		your_reference,
		consent: false,
		key,
		now: service.clock.now,
		fields: { patient_name: name, phone: undefined },
	});
	await practice.call('POST', '/api/accounts', {
		body: { account_ref, mailing_address: '4 Oak Avenue, Phoenix, AZ 85012' },
		headers: { authorization: `Bearer ${key}` },
	});
	const sent = await practice.call('POST', '/api/reminders', { body: { account_ref }, headers: { authorization: `Bearer ${key}` } });
	return { account_ref, sent: sent.json };
}

async function night(practice: TestPractice) {
	await service.work();
	await service.useCases.handlers.sweep({ practice_id: practice.id });
}

const NEXT_NIGHT = 15 * HOUR;
const pdf = (practice: TestPractice, path: string) =>
	fetch(`${practice.url}${path}`, { headers: { authorization: `Bearer ${practice.live}` } }).then(async (answer) => ({
		status: answer.status,
		headers: answer.headers,
		bytes: new Uint8Array(await answer.arrayBuffer()),
	}));

describe('letters', () => {
	it('lie ready, are gathered at night in the order of last names, and count as sent when somebody printed them', async () => {
		const practice = await printing();
		const zoe = await letterFor(practice, 'A-2', 'Ana Zeta');
		await letterFor(practice, 'A-1', 'Luz Alba');
		expect(zoe.sent).toMatchObject({ status: 'scheduled', was_sent: false, channel: 'letter', amount_text: '$84.20' });
		await night(practice);
		expect(await practice.must('GET', '/api/print-batches')).toEqual({ items: [], waiting: 2 });
		await service.advance(NEXT_NIGHT);
		await night(practice);
		await night(practice);
		const { items, waiting } = await practice.must('GET', '/api/print-batches');
		expect(waiting).toBe(0);
		expect(items).toMatchObject([{ print_batch: 'print_20261125', cycle_on: '2026-11-25', letters: 2, pages: 2, printed_at: '' }]);
		const { status, headers, bytes } = await pdf(practice, '/api/print-batches/print_20261125.pdf');
		expect(status).toBe(200);
		expect(headers.get('content-type')).toBe('application/pdf');
		expect(headers.get('cache-control')).toBe('no-store');
		const pages = pagesOf(bytes).map((page) => page.map(({ text }) => text));
		expect(pages.map((page) => page[4])).toEqual(['Luz Alba', 'Ana Zeta']);
		expect(pages[0]).toEqual(
			expect.arrayContaining(['Test Practice', '12 Elm Street', 'Phoenix, AZ 85004', '4 Oak Avenue', 'Phoenix, AZ 85012', 'Account: A-1']),
		);
		expect(pages[0]).toContain('View or pay here: https://pay.example/here');
		const printed = await practice.must('POST', '/api/print-batches/print_20261125/printed', {});
		expect(printed).toMatchObject({ print_batch: 'print_20261125', letters: 2 });
		expect(await practice.must('POST', '/api/print-batches/print_20261125/printed', {})).toEqual(printed);
		const account = await practice.must('GET', `/api/accounts/${zoe.account_ref}`);
		expect(account.reminders).toMatchObject([{ status: 'sent', channel: 'letter', message: 'reminder_1' }]);
		expect((await practice.must('POST', '/api/reminders', { account_ref: zoe.account_ref })).status).toBe('duplicate');
	});

	it('that were taken back before they were printed are on no page', async () => {
		const practice = await printing();
		const paid = await letterFor(practice, 'A-1', 'Luz Alba');
		await letterFor(practice, 'A-2', 'Ana Zeta');
		await service.advance(NEXT_NIGHT);
		await night(practice);
		await practice.must('POST', '/api/balances', { account_ref: paid.account_ref, amount: 0 });
		const { bytes } = await pdf(practice, '/api/print-batches/print_20261125.pdf');
		expect(pagesOf(bytes).map((page) => page[4]?.text)).toEqual(['Ana Zeta']);
		expect(await practice.must('POST', '/api/print-batches/print_20261125/printed', {})).toMatchObject({ letters: 1 });
	});

	it('of which none is left are not printed', async () => {
		const practice = await printing();
		const paid = await letterFor(practice, 'A-1', 'Luz Alba');
		await service.advance(NEXT_NIGHT);
		await night(practice);
		await practice.must('POST', '/api/balances', { account_ref: paid.account_ref, amount: 0 });
		const answer = await practice.call('GET', '/api/print-batches/print_20261125.pdf');
		expect([answer.status, answer.json.code]).toEqual([409, 'print_batch_empty']);
	});

	it('wait for the statement of their cycle', async () => {
		const practice = await printing({ statements: { cycle: 'monthly', day: 28, merge_within_days: 3 } });
		const { sent } = await letterFor(practice, 'A-1', 'Luz Alba');
		expect(sent).toMatchObject({ status: 'scheduled', send_at: '2026-11-28T00:00:00-05:00' });
		for (let day = 0; day < 3; day += 1) {
			await service.advance(DAY);
			await night(practice);
		}
		expect((await practice.must('GET', '/api/print-batches')).items).toEqual([]);
		// The amount is confirmed daily, as a billing system does.
		await practice.must('POST', '/api/balances', { your_reference: 'A-1', amount: 80, first_notice_date: '2026-11-16' });
		await service.advance(DAY);
		await service.work();
		await night(practice);
		await service.advance(DAY);
		await night(practice);
		const { items } = await practice.must('GET', '/api/print-batches');
		expect(items).toMatchObject([{ letters: 1 }]);
		const { bytes } = await pdf(practice, `/api/print-batches/${items[0].print_batch}.pdf`);
		expect(pagesOf(bytes)[0]?.map(({ text }) => text)).toContain('Amount due: $80.00');
	});

	it('of test accounts make a batch of their own, which no live key sees', async () => {
		const practice = await printing();
		await letterFor(practice, 'A-1', 'Luz Alba', practice.test);
		await service.advance(NEXT_NIGHT);
		await night(practice);
		expect((await practice.must('GET', '/api/print-batches')).items).toEqual([]);
		const seen = await practice.call('GET', '/api/print-batches', { headers: { authorization: `Bearer ${practice.test}` } });
		expect(seen.json.items).toMatchObject([{ print_batch: 'print_20261125_test', test: true }]);
	});

	it('are for who may see names, and never for Zapier', async () => {
		const practice = await printing();
		const narrow = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read', 'write'], label: 'narrow' })).api_key;
		for (const path of ['/api/print-batches', '/api/print-batches/x.pdf', '/api/letters/x.pdf']) {
			const refused = await practice.call('GET', path, { headers: { authorization: `Bearer ${narrow}` } });
			expect([refused.status, refused.json.code]).toEqual([403, 'scope_missing']);
			const zapier = await practice.call('GET', path, { headers: { 'dunwell-surface': 'zapier' } });
			expect([zapier.status, zapier.json.code]).toEqual([403, 'patient_data']);
		}
		expect((await practice.call('GET', '/api/print-batches/print_x.pdf')).json.code).toBe('print_batch_unknown');
		expect((await practice.call('POST', '/api/print-batches/print_x/printed', { body: {} })).json.code).toBe('print_batch_unknown');
		expect((await practice.call('GET', '/api/letters/rem_x.pdf')).json.code).toBe('letter_unknown');
	});
});

describe('what people carry', () => {
	it('a letter that a flow asks for where nobody prints is staff work, with its page ready', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url);
		const account_ref = await createAccount(practice, { your_reference: 'A-1', consent: false });
		const sent = await practice.must('POST', '/api/reminders', { account_ref, channel: 'letter' });
		expect(sent).toMatchObject({ status: 'scheduled', channel: 'letter' });
		const { work } = await practice.must('GET', `/api/accounts/${account_ref}`);
		expect(work).toMatchObject([{ status: 'open', title: 'Letter to send by hand: $84.20' }]);
		const { bytes } = await pdf(practice, `/api/letters/${sent.reminder_ref}.pdf`);
		expect(pagesOf(bytes)[0]?.map(({ text }) => text)).toContain('Amount due: $84.20');
		const contact = await practice.must('POST', '/api/contacts', { reminder_ref: sent.reminder_ref, outcome: 'sent' });
		expect(contact.result).toBe('confirmed');
	});

	it('a letter that the ladder chooses needs a sender: nobody asked for the work', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { policy: { channels: ['letter'] } });
		const account_ref = await createAccount(practice, { your_reference: 'A-1', consent: false });
		expect(await practice.must('POST', '/api/reminders', { account_ref })).toMatchObject({ status: 'suppressed' });
	});

	it('a sender without a vendor is one that the channel knows', async () => {
		const practice = await createPractice(service.url);
		expect(await practice.setup('PUT', '/senders/fax', { connection: 'by_hand' })).toMatchObject({ connection: 'by_hand', address: '' });
		await expect(practice.setup('PUT', '/senders/fax', { connection: 'print', address: '+12125550100' })).rejects.toThrow('print');
		await expect(practice.setup('PUT', '/senders/sms', { connection: 'by_hand', address: '+12125550100' })).rejects.toThrow('by_hand');
	});
});

describe('statement cycles', () => {
	const cycles = (practice: TestPractice) =>
		service.rows(practice.id, (tx) => tx.selectFrom('cycle').selectAll().where('practice_id', '=', practice.id).orderBy('closed_on').execute());

	it('close once, with what is still unpaid so long after its notice as the policy says', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { policy: { statements: { cycle: 'monthly', day: 25, merge_within_days: 3 } } });
		await createAccount(practice, { your_reference: 'OLD', days: 40, amount: 50, consent: false });
		await createAccount(practice, { your_reference: 'NEW', days: 5, amount: 50, consent: false });
		await night(practice);
		expect(await cycles(practice)).toEqual([]);
		await service.advance(NEXT_NIGHT);
		await night(practice);
		await night(practice);
		expect((await cycles(practice)).map((row) => row.unpaid_minor)).toEqual([5000]);
	});

	it('make up for nights on which the service was down', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { policy: { statements: { cycle: 'monthly', day: 26, merge_within_days: 3 } } });
		await createAccount(practice, { your_reference: 'OLD', days: 40, amount: 50, consent: false });
		await night(practice);
		await service.advance(4 * DAY);
		await night(practice);
		expect((await cycles(practice)).map((row) => [String(row.closed_on).slice(0, 10), row.unpaid_minor])).toEqual([['2026-11-26', 5000]]);
	});

	it('by last name close the accounts of one letter a day', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { policy: { statements: { cycle: 'last_name', day: 25, merge_within_days: 3 } } });
		for (const [your_reference, patient_name] of [
			['A', 'Luz Alba'],
			['Z', 'Ana Zeta'],
		] as const)
			await createAccount(practice, { your_reference, days: 40, amount: 50, consent: false, fields: { patient_name } });
		await service.advance(NEXT_NIGHT);
		await night(practice);
		const rows = await cycles(practice);
		expect(rows).toHaveLength(1);
		expect((await practice.must('GET', `/api/accounts/${rows[0]?.account_ref}`)).your_reference).toBe('');
	});
});
