/** Find Escalations and Find Reminders: the right ones, the most urgent first, and no names where none belong. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, createAccount, DAY, must, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { createTeam, escalation, open } from './kit.ts';

let service: Running;
let practice: TestPractice;
let account: string;

beforeAll(async () => {
	service = await startService();
	practice = await createTeam(service, { policy: escalation({ rungs: [] }) });
	account = await createAccount(practice, { your_reference: 'A-1', days: 8 });
});
afterAll(() => service.close());

describe('Find Escalations', () => {
	const refs: Record<string, string> = {};

	beforeAll(async () => {
		const escalate = async (name: string, fields: object) => {
			refs[name] = (await practice.must('POST', '/api/escalations', { reason: 'other', invoice: name, ...fields })).escalation_ref;
		};
		await escalate('later', { severity: 'normal', due_date: '2026-12-04', owner: 'dana' });
		await escalate('sooner', { severity: 'normal', due_date: '2026-11-30', route: 'managers' });
		await escalate('urgent', { severity: 'high', due_date: '2026-12-10', account_ref: account, title: 'Call Jane Roe', text: 'She asked for it.' });
		await escalate('slow', { severity: 'low', due_date: '2026-11-25' });
		await escalate('done', { severity: 'high' });
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: refs['done'], outcome: 'done' });
	});

	const names = async (query = ''): Promise<string[]> => {
		const byRef = new Map(Object.entries(refs).map(([name, ref]) => [ref, name]));
		return (await open(practice, query)).map((item) => byRef.get(item.escalation_ref) ?? item.escalation_ref);
	};

	it.each([
		['open ones, the most urgent first, then by due date', '', ['urgent', 'sooner', 'later', 'slow']],
		['resolved ones', 'status=resolved', ['done']],
		['of one owner, also by its route', 'owner=dana', ['sooner', 'later']],
		['of one route', 'route=managers', ['sooner']],
		['of one severity', 'severity=normal', ['sooner', 'later']],
		['due before a day, which is not among them', 'due_before=2026-11-30', ['slow']],
		['due before the next', 'due_before=2026-12-01', ['sooner', 'slow']],
		['of one account', 'your_reference=A-1', ['urgent']],
		['of one reason', 'reason=disputed', []],
	])('finds %s', async (_, query, expected) => {
		expect(await names(query)).toEqual(expected);
	});

	it('says the same as lines of text, and how many there are', async () => {
		const answer = await practice.must('GET', '/api/escalations/find?severity=normal');
		expect(answer.count).toBe(2);
		expect(answer.items_text).toBe(
			[`Normal, due 2026-11-30, ${refs['sooner']}: Other (dana)`, `Normal, due 2026-12-04, ${refs['later']}: Other (dana)`].join('\n'),
		);
	});

	it('knows what is overdue', async () => {
		service.clock.now = Date.parse('2026-11-26T00:00:00-05:00');
		expect((await open(practice)).map((item) => [item.due_at, item.overdue])).toEqual([
			['2026-12-10T23:59:59-05:00', false],
			['2026-11-30T23:59:59-05:00', false],
			['2026-12-04T23:59:59-05:00', false],
			['2026-11-25T23:59:59-05:00', true],
		]);
		service.clock.now = NOON;
	});

	it("shows staff's own words to a key that may see whom it is about, to others a plain title, on Zapier nothing of them", async () => {
		const [full] = await open(practice, 'severity=high');
		expect(full).toMatchObject({ title: 'Other: $84.20', own_title: 'Call Jane Roe', note: 'She asked for it.', amount: 84.2, account_ref: account });
		const key = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reader' })).api_key;
		const [plain] = (await must(practice.url, key, 'GET', '/api/escalations/find?severity=high')).items;
		expect(plain).toMatchObject({ title: 'Other: $84.20', own_title: null, note: null });
		const zapier = await practice.call('GET', '/api/escalations/find?severity=high', { headers: { 'dunwell-surface': 'zapier' } });
		expect(zapier.text).not.toContain('Jane');
		expect(zapier.text).not.toContain('She asked');
	});

	it('shows no work of a test key, of another practice, and no more than fifty', async () => {
		await must(practice.url, practice.test, 'POST', '/api/escalations', { reason: 'other' });
		expect(await names()).toHaveLength(4);
		const other = await createTeam(service);
		expect(await open(other)).toEqual([]);
		for (let i = 0; i < 51; i += 1) await other.must('POST', '/api/escalations', { reason: 'other', invoice: `I-${i}` });
		const answer = await other.must('GET', '/api/escalations/find');
		expect([answer.count, answer.items.length]).toEqual([51, 50]);
	});

	it('says which field is wrong', async () => {
		const answer = await practice.call('GET', '/api/escalations/find?your_reference=nobody');
		expect(answer.status).toBe(404);
		expect((await practice.call('GET', '/api/escalations/find?severity=urgent')).json.errors[0].field).toBe('severity');
	});
});

describe('Find Reminders', () => {
	let sent: string;
	let held: string;

	beforeAll(async () => {
		service.clock.now = NOON;
		sent = (await practice.must('POST', '/api/reminders', { account_ref: account })).reminder_ref;
		await service.advance(DAY);
		const silent = await createAccount(practice, { your_reference: 'A-2', days: 9, consent: false });
		held = (await practice.must('POST', '/api/reminders', { account_ref: silent })).reminder_ref;
	});
	const found = async (query = '') =>
		(await practice.must('GET', `/api/reminders/find?${query}`)).items.map((item: { reminder_ref: string }) => item.reminder_ref);

	it('finds them newest first, by account, status, channel and day', async () => {
		expect(await found()).toEqual([held, sent]);
		expect(await found('your_reference=A-1')).toEqual([sent]);
		expect(await found('status=suppressed')).toEqual([held]);
		expect(await found('channel=sms&status=delivered')).toEqual([sent]);
		expect(await found('since=2026-11-25')).toEqual([held]);
		expect(await found('since=2026-11-26')).toEqual([]);
	});

	it('says what became of each, and why', async () => {
		const { items, items_text, count } = await practice.must('GET', '/api/reminders/find');
		expect(count).toBe(2);
		expect(items[1]).toMatchObject({
			status: 'delivered',
			message: 'reminder_1',
			channel: 'sms',
			amount: 84.2,
			amount_text: '$84.20',
			sent_at: '2026-11-24T12:00:00-05:00',
			reasons_text: '',
			address: '+13175550142',
		});
		expect(items[0]).toMatchObject({ status: 'suppressed', sent_at: '', vendor_code: '' });
		expect(items[0].reasons_text).toContain('consent');
		expect(items_text.split('\n')[1]).toBe(`2026-11-24 ${sent}: reminder_1 by text message, $84.20, delivered`);
	});

	it('gives addresses only to a key that may see them, and never on Zapier', async () => {
		const key = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reader' })).api_key;
		expect((await must(practice.url, key, 'GET', '/api/reminders/find')).items[1].address).toBeNull();
		const zapier = await call(practice.url, practice.live, 'GET', '/api/reminders/find', { headers: { 'dunwell-surface': 'zapier' } });
		expect(zapier.json.items[1]).not.toHaveProperty('address');
		expect((await must(practice.url, practice.test, 'GET', '/api/reminders/find')).items).toEqual([]);
	});

	it('is logged as a read of those accounts', async () => {
		const reads = await service.rows(practice.id, (tx) =>
			tx.selectFrom('audit').select('body').where('practice_id', '=', practice.id).where('kind', '=', 'account_read').orderBy('seq', 'desc').limit(2).execute(),
		);
		expect(reads.map(({ body }) => body.operation)).toEqual(['find_reminders', 'find_reminders']);
	});
});
