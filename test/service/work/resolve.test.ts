/** Resolve Escalation: by our reference or the tool's link, once, and silence afterwards. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openByHand } from '../../../shared/service/escalations/by-hand.ts';
import { readPractice } from '../../../shared/service/practice.ts';
import { call, createAccount, HOUR, must, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { type Slack, startSlack } from '../../kit/slack.ts';
import { createTeam, escalation, open, sweep, sweepAt, told } from './kit.ts';

const PATH = '/api/escalations/resolve';

let service: Running;
let slack: Slack;
let practice: TestPractice;

beforeAll(async () => {
	slack = await startSlack();
	service = await startService({ vendorUrls: { slack: slack.url } });
	practice = await createTeam(service, { policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 1, severity: 'high' }] }) });
});
afterAll(async () => {
	await service.close();
	await slack[Symbol.asyncDispose]();
});
beforeEach(() => {
	service.clock.now = NOON;
	slack.calls.length = 0;
});

let number = 0;
const escalate = async (fields: object = {}): Promise<string> => {
	number += 1;
	return (await practice.must('POST', '/api/escalations', { reason: 'other', invoice: `I-${number}`, ...fields })).escalation_ref;
};
const resolve = (body: object) => practice.must('POST', PATH, body);
const changesOf = async (ref: string): Promise<string[]> => (await told(practice)).filter((event) => event.escalation_ref === ref).map((event) => event.change);

describe('By our reference', () => {
	it('ends it, says so once, and closes the item in the tool', async () => {
		const ref = await escalate();
		await service.work();
		expect(await resolve({ escalation_ref: ref, outcome: 'done', note: 'Called Jane.' })).toEqual({
			escalation_ref: ref,
			status: 'resolved',
			duplicate: false,
			outcome: 'done',
			resolved_at: '2026-11-24T12:00:00-05:00',
			closing_in: 'Billing team',
			account_ref: '',
			contact_ref: '',
			link: 'https://dunwell.example',
		});
		await service.work();
		expect(slack.calls.map(({ text }) => text)).toEqual(['Other', 'Resolved: Other']);
		expect(await resolve({ escalation_ref: ref, outcome: 'mistake' })).toMatchObject({
			status: 'already_resolved',
			duplicate: true,
			outcome: 'done',
			closing_in: '',
		});
		await service.work();
		expect(slack.calls).toHaveLength(2);
	});

	it('is followed by no rung and no missed due date', async () => {
		const ref = await escalate();
		await resolve({ escalation_ref: ref, outcome: 'not_needed' });
		await sweepAt(service, practice, '2026-12-15T12:00:00-05:00');
		expect(await changesOf(ref)).toEqual(['opened']);
	});

	it('opens as new when its cause comes back', async () => {
		const ref = await escalate({ invoice: 'back' });
		await resolve({ escalation_ref: ref, outcome: 'done' });
		const again = await practice.must('POST', '/api/escalations', { reason: 'other', invoice: 'back' });
		expect(again.status).toBe('opened');
		expect(again.escalation_ref).not.toBe(ref);
		await resolve({ escalation_ref: again.escalation_ref, outcome: 'done' });
	});

	it('keeps the note beside the chain, with who did it', async () => {
		const ref = await escalate();
		await practice.must('POST', PATH, { escalation_ref: ref, outcome: 'done', note: 'Spoke with Jane Roe.' });
		const [entry] = await service.rows(practice.id, (tx) =>
			tx
				.selectFrom('audit')
				.select(['actor', 'body', 'personal'])
				.where('practice_id', '=', practice.id)
				.where('subject', '=', ref)
				.where('kind', '=', 'escalation_resolved')
				.execute(),
		);
		expect(entry).toMatchObject({ personal: { note: 'Spoke with Jane Roe.' }, body: { outcome: 'done' } });
		expect(entry?.actor).toMatch(/^key:/);
		expect(JSON.stringify(entry?.body)).not.toContain('Jane');
	});

	it('the same key gives the first answer again', async () => {
		const ref = await escalate();
		const body = { escalation_ref: ref, outcome: 'done', idempotency_key: `run-${number}` };
		const first = await resolve(body);
		expect(await resolve(body)).toEqual({ ...first, duplicate: true });
		expect(first.status).toBe('resolved');
	});

	it('is offered on Zapier without a note, and takes none there', async () => {
		const ref = await escalate();
		const answer = await practice.call('POST', PATH, { body: { escalation_ref: ref, outcome: 'done', note: 'x' }, headers: { 'dunwell-surface': 'zapier' } });
		expect([answer.status, answer.json?.errors?.[0]?.field]).toEqual([400, 'note']);
		await resolve({ escalation_ref: ref, outcome: 'done' });
	});
});

describe('By the link of the tool', () => {
	it('ends the item that has it', async () => {
		const ref = await escalate();
		await service.work();
		const link = `C-BILLING:${slack.calls[0]?.ts}`;
		expect(await resolve({ external_link: link, outcome: 'done' })).toMatchObject({ escalation_ref: ref, status: 'resolved' });
		expect(await resolve({ external_link: link, outcome: 'done' })).toMatchObject({ escalation_ref: ref, status: 'already_resolved' });
	});

	it.each([
		[{ outcome: 'done' }, 400, 'escalation_ref', 'Give "escalation_ref"'],
		[{ escalation_ref: 'esc_none', outcome: 'done' }, 404, 'escalation_ref', 'is no staff work of this practice'],
		[{ external_link: 'https://tool.example/1', outcome: 'done' }, 404, 'external_link', 'is no item of staff work'],
	])('says what is missing: %j', async (body, status, field, message) => {
		const answer = await practice.call('POST', PATH, { body });
		expect([answer.status, answer.json.errors[0].field]).toEqual([status, field]);
		expect(answer.json.detail).toContain(message);
	});

	it("never reaches another practice's work, nor live work with a test key", async () => {
		const ref = await escalate();
		const other = await createTeam(service);
		expect((await other.call('POST', PATH, { body: { escalation_ref: ref, outcome: 'done' } })).status).toBe(404);
		expect((await call(practice.url, practice.test, 'POST', PATH, { body: { escalation_ref: ref, outcome: 'done' } })).status).toBe(404);
		await resolve({ escalation_ref: ref, outcome: 'done' });
	});
});

describe('Work about a message', () => {
	const prepare = async (reference: string): Promise<{ account: string; reminder: string }> => {
		const account = await createAccount(practice, { your_reference: reference });
		const prepared = await practice.must('POST', '/api/reminders/prepare', { account_ref: account });
		expect(prepared.permission).toBe('granted');
		return { account, reminder: prepared.reminder_ref };
	};
	const statusOf = async (reminder: string) =>
		(await practice.must('GET', '/api/reminders/find')).items.find((item: { reminder_ref: string }) => item.reminder_ref === reminder);
	/** A letter that lies ready for somebody to post. */
	const byHand = async (reference: string) => {
		const made = await prepare(reference);
		const work = await service.rows(practice.id, async (tx) => {
			await tx
				.updateTable('reminder')
				.set({ channel: 'letter', expires_at: null })
				.where('practice_id', '=', practice.id)
				.where('reminder_ref', '=', made.reminder)
				.execute();
			const row = await tx
				.selectFrom('reminder')
				.selectAll()
				.where('practice_id', '=', practice.id)
				.where('reminder_ref', '=', made.reminder)
				.executeTakeFirstOrThrow();
			return openByHand(service.deps, tx, await readPractice(tx, practice.id, NOON), row, {
				account_ref: made.account,
				your_reference: reference,
				location: '',
			});
		});
		return { ...made, work: work.ref };
	};

	it('that was to be sent by hand records the contact when it is done, which then counts', async () => {
		const { account, reminder, work } = await byHand('L-1');
		expect(await open(practice, `account_ref=${account}`)).toMatchObject([{ reason: 'send_by_hand', title: 'Letter to send by hand: $84.20', amount: 84.2 }]);
		service.clock.now = NOON + HOUR;
		expect(await resolve({ escalation_ref: work, outcome: 'done' })).toMatchObject({ status: 'resolved', contact_ref: reminder, account_ref: account });
		expect(await statusOf(reminder)).toMatchObject({ status: 'sent', channel: 'letter', sent_at: '2026-11-24T13:00:00-05:00' });
		const explained = await practice.must('GET', `/api/accounts/explain?account_ref=${account}`);
		expect(explained).toMatchObject({ last_reminder_ref: reminder, last_reminder_channel: 'letter' });
	});

	it('that was not sent releases it', async () => {
		const { reminder, work } = await byHand('L-2');
		expect(await resolve({ escalation_ref: work, outcome: 'not_needed' })).toMatchObject({ status: 'resolved', contact_ref: '' });
		expect(await statusOf(reminder)).toMatchObject({ status: 'cancelled', sent_at: '' });
	});

	it('that was paid meanwhile ends by itself, and the message with it', async () => {
		const { account, reminder, work } = await byHand('L-3');
		await practice.must('POST', '/api/balances', { account_ref: account, amount: 0 });
		await service.useCases.handlers.review({ practice_id: practice.id });
		await sweep(service, practice);
		expect(await statusOf(reminder)).toMatchObject({ status: 'cancelled' });
		expect(await open(practice, `account_ref=${account}&status=resolved`)).toMatchObject([{ escalation_ref: work, outcome: 'paid' }]);
	});

	it('that another app did not confirm is confirmed by resolving it as sent', async () => {
		const { account, reminder } = await prepare('P-1');
		await service.advance(25 * HOUR);
		await sweep(service, practice);
		const [item] = await open(practice, `account_ref=${account}`);
		expect(item).toMatchObject({ title: 'A prepared reminder was not confirmed' });
		expect(await resolve({ escalation_ref: item.escalation_ref, outcome: 'sent' })).toMatchObject({ contact_ref: reminder });
		expect(await statusOf(reminder)).toMatchObject({ status: 'sent' });
	});

	it('ends when the contact is recorded instead', async () => {
		const { account, reminder } = await prepare('P-2');
		await service.advance(25 * HOUR);
		await sweep(service, practice);
		expect(await open(practice, `account_ref=${account}`)).toHaveLength(1);
		await practice.must('POST', '/api/contacts', { reminder_ref: reminder, outcome: 'sent' });
		expect(await open(practice, `account_ref=${account}`)).toEqual([]);
	});
});

it('needs a key that may write', async () => {
	const ref = await escalate();
	const key = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reader' })).api_key;
	expect((await call(practice.url, key, 'POST', PATH, { body: { escalation_ref: ref, outcome: 'done' } })).status).toBe(403);
	expect((await must(practice.url, key, 'GET', '/api/escalations/find')).items.length).toBeGreaterThan(0);
});
