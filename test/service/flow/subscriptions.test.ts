import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, createAccount, createPractice, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { days, eventsOf, type Listener, settle, startListener, subscribe } from './kit.ts';

/** Far ahead of any machine's clock, so that what waits for its time by the test's clock also waits in the queue. A Tuesday, noon in New York. */
const LATER = Date.parse('2040-11-27T17:00:00Z');

let service: Running;
let zap: Listener;
let practice: TestPractice;

beforeAll(async () => {
	service = await startService({ now: LATER });
	zap = await startListener();
});
afterAll(async () => {
	await zap[Symbol.asyncDispose]();
	await service.close();
});
beforeEach(async () => {
	service.clock.now = LATER;
	zap.heard.length = 0;
	zap.answer = () => undefined;
	practice = await createPractice(service.url, { twilio: false });
});

/** The cheapest news: staff work opens. */
const open = (invoice: string, more: object = {}, headers: Record<string, string> = {}) =>
	practice.must('POST', '/api/escalations', { reason: 'other', invoice, ...more }, headers);
const heard = (path: string): string[] => zap.at(path).map((body) => body.escalation_ref);
const health = async () =>
	(await practice.must('GET', '/api/subscriptions')).items as { id: string; removed_reason: string; failures: number; last_status: number }[];

describe('who hears', () => {
	it('lets two subscriptions hear the same event, each once, with its code in the body and in a header', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/one`);
		await subscribe(practice, 'escalation_raised', `${zap.url}/two`);
		const { escalation_ref } = await open('1');
		await settle(service, practice);
		await settle(service, practice);
		expect([heard('/one'), heard('/two')]).toEqual([[escalation_ref], [escalation_ref]]);
		const [first] = zap.heard;
		expect(first?.headers['content-type']).toBe('application/json');
		expect(first?.headers['dunwell-event-id']).toBe(first?.body.event_id);
	});

	it('makes one subscription of the same wish twice, and two of two wishes', async () => {
		const first = await subscribe(practice, 'escalation_raised', `${zap.url}/same`, { severity: 'high' });
		const again = await subscribe(practice, 'escalation_raised', `${zap.url}/same`, { severity: 'high' });
		const other = await subscribe(practice, 'escalation_raised', `${zap.url}/same`, { severity: 'low' });
		expect(again.id).toBe(first.id);
		expect(other.id).not.toBe(first.id);
		await open('1', { severity: 'high' });
		await settle(service, practice);
		expect(heard('/same')).toHaveLength(1);
		// The address of the first answer no longer ends it: the one of the second does.
		expect((await call(service.url, '', 'DELETE', first.leave)).status).toBe(204);
		await open('2', { severity: 'high' });
		await settle(service, practice);
		expect(heard('/same')).toHaveLength(2);
		expect((await call(service.url, '', 'DELETE', again.leave)).status).toBe(204);
		await open('3', { severity: 'high' });
		await settle(service, practice);
		expect(heard('/same')).toHaveLength(2);
	});

	it('ends a subscription without credentials, and answers the same to one that is unknown or ended before', async () => {
		const { leave } = await subscribe(practice, 'escalation_raised', `${zap.url}/leaving`);
		const stays = await subscribe(practice, 'escalation_raised', `${zap.url}/staying`);
		const forged = `/api/subscriptions/${stays.id}/${'A'.repeat(43)}`;
		for (const path of [leave, leave, forged, '/api/subscriptions/pr_nobody.sub_x/y']) expect((await call(service.url, '', 'DELETE', path)).status).toBe(204);
		await open('1');
		await settle(service, practice);
		expect([heard('/leaving').length, heard('/staying').length]).toEqual([0, 1]);
		expect((await health()).map((row) => row.removed_reason).sort()).toEqual(['', 'unsubscribed']);
	});

	it('does not deliver what was raised before a subscription ended but not sent yet', async () => {
		const { leave } = await subscribe(practice, 'escalation_raised', `${zap.url}/late`);
		await open('1');
		await call(service.url, '', 'DELETE', leave);
		await settle(service, practice);
		expect(heard('/late')).toEqual([]);
	});
});

describe('a receiver that fails', () => {
	it('is gone with 410 or 404: only its own subscription ends', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/410`);
		await subscribe(practice, 'escalation_raised', `${zap.url}/404`);
		await subscribe(practice, 'escalation_raised', `${zap.url}/200`);
		zap.answer = (path) => ({ status: Number(path.slice(1)) });
		await open('1');
		await settle(service, practice);
		await open('2');
		await settle(service, practice);
		expect(['/410', '/404', '/200'].map((path) => heard(path).length)).toEqual([1, 1, 2]);
		expect((await health()).map((row) => row.removed_reason).sort()).toEqual(['', 'the receiver answered 404', 'the receiver answered 410']);
	});

	it('is tried again after 500, later each time, and hears the same event', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/500`);
		zap.answer = (_path, nth) => ({ status: nth < 3 ? 500 : 200 });
		const { escalation_ref } = await open('1');
		await settle(service, practice);
		expect(heard('/500')).toHaveLength(1);
		await service.advance(4_000);
		await service.work();
		expect(heard('/500')).toHaveLength(1);
		await service.advance(1_000);
		await service.work();
		expect(heard('/500')).toHaveLength(2);
		await service.advance(29_000);
		await service.work();
		expect(heard('/500')).toHaveLength(2);
		await service.advance(1_000);
		await service.work();
		await service.advance(86_400_000);
		await service.work();
		expect(heard('/500')).toEqual([escalation_ref, escalation_ref, escalation_ref]);
		expect(new Set(zap.at('/500').map((body) => body.event_id)).size).toBe(1);
		expect((await health())[0]).toMatchObject({ failures: 0, last_status: 200, removed_reason: '' });
	});

	it('is given the time that a 429 asks for', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/429`);
		zap.answer = (_path, nth) => (nth === 1 ? { status: 429, headers: { 'retry-after': '90' } } : { status: 200 });
		await open('1');
		await settle(service, practice);
		await service.advance(89_000);
		await service.work();
		expect(heard('/429')).toHaveLength(1);
		await service.advance(1_000);
		await service.work();
		expect(heard('/429')).toHaveLength(2);
	});

	it('is not tried again when it refuses the event with 400; the next event still comes', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/400`);
		zap.answer = () => ({ status: 400 });
		await open('1');
		await settle(service, practice);
		await days(service, practice, 1);
		expect(heard('/400')).toHaveLength(1);
		await open('2');
		await settle(service, practice);
		expect(heard('/400')).toHaveLength(2);
	});

	it('hears at last after a connection that broke, and no other receiver waits for it', async () => {
		await subscribe(practice, 'escalation_raised', 'http://127.0.0.1:9/closed');
		await subscribe(practice, 'escalation_raised', `${zap.url}/open`);
		await open('1');
		await settle(service, practice);
		expect(heard('/open')).toHaveLength(1);
		expect((await health()).find((row) => row.failures > 0)).toMatchObject({ failures: 1, removed_reason: '' });
	});

	it('is not followed where it redirects to', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/moved`);
		zap.answer = (path) => (path === '/moved' ? { status: 302, headers: { location: `${zap.url}/elsewhere` } } : { status: 200 });
		await open('1');
		await settle(service, practice);
		expect([heard('/moved').length, heard('/elsewhere').length]).toEqual([1, 0]);
	});
});

describe('filters', () => {
	it('leaves out small amounts, other places and low severities, and the polling twin does the same', async () => {
		const main = await createAccount(practice, { your_reference: 'M', amount: 50, days: 1, now: LATER, fields: { location: 'Main Street' } });
		const side = await createAccount(practice, { your_reference: 'S', amount: 10, days: 1, now: LATER, fields: { location: 'Side Street' } });
		await subscribe(practice, 'escalation_raised', `${zap.url}/amount`, { minimum_amount: 50 });
		await subscribe(practice, 'escalation_raised', `${zap.url}/location`, { location: 'Side Street' });
		await subscribe(practice, 'escalation_raised', `${zap.url}/severity`, { severity: 'high' });
		const one = await open('1', { account_ref: main, severity: 'high' });
		const two = await open('1', { account_ref: side });
		await settle(service, practice);
		expect([heard('/amount'), heard('/location'), heard('/severity')]).toEqual([[one.escalation_ref], [two.escalation_ref], [one.escalation_ref]]);
		const polled = async (query: string) => (await eventsOf(practice, 'escalation_raised', query)).map((event) => event.escalation_ref);
		expect(await polled('?minimum_amount=50')).toEqual([one.escalation_ref]);
		expect(await polled('?location=Side%20Street')).toEqual([two.escalation_ref]);
		expect(await polled('?severity=high')).toEqual([one.escalation_ref]);
		expect(await polled('')).toEqual([two.escalation_ref, one.escalation_ref]);
	});

	it('waits for the milestone that was asked for', async () => {
		await subscribe(practice, 'balance_overdue', `${zap.url}/fifteen`, { minimum_days: 15 });
		await createAccount(practice, { your_reference: 'A', days: 14, now: service.clock.now });
		await settle(service, practice);
		expect(zap.at('/fifteen')).toEqual([]);
		await days(service, practice, 1);
		expect(zap.at('/fifteen').map((body) => body.days_overdue)).toEqual([15]);
	});

	it('keeps a flow from hearing what it caused itself, unless it asks to; others hear it', async () => {
		await subscribe(practice, 'escalation_raised', `${zap.url}/flow`, { reason: 'other' });
		await subscribe(practice, 'escalation_raised', `${zap.url}/curious`, { reason: 'other', include_own: true });
		await subscribe(practice, 'escalation_raised', `${zap.url}/high`, { severity: 'high' });
		const first = await open('1');
		await settle(service, practice);
		const event = zap.at('/flow')[0].event_id;
		// Once by the input that names the event, once by the header that every step of a flow can send.
		const second = await open('2', { because_of: event, severity: 'high' });
		const third = await open('3', { severity: 'high' }, { 'dunwell-caused-by': event });
		await settle(service, practice);
		expect(heard('/flow')).toEqual([first.escalation_ref]);
		expect(heard('/curious').sort()).toEqual([first, second, third].map((one) => one.escalation_ref).sort());
		expect(heard('/high').sort()).toEqual([second, third].map((one) => one.escalation_ref).sort());
		expect(zap.at('/high').map((body) => body.caused_by)).toEqual([event, event]);
	});

	it('tells of each of many accounts once, and pages of the polling twin end where the next begins', async () => {
		const rows = Array.from({ length: 150 }, (_, i) => ({ your_reference: `B-${i}`, amount: 20 + i, first_notice_date: '2040-11-20', state: 'NY' }));
		await practice.must('POST', '/api/balances/import', { rows: rows.slice(0, 1), source_name: 'sheet' });
		await practice.must('POST', '/api/balances/import', { rows, source_name: 'sheet' });
		await subscribe(practice, 'balance_overdue', `${zap.url}/many`);
		await settle(service, practice);
		expect(new Set(zap.at('/many').map((body) => body.account_ref)).size).toBe(150);
		expect(zap.at('/many')).toHaveLength(150);
		const seen: string[] = [];
		const [oldest] = (await practice.must('GET', '/api/events/balance_overdue?limit=100&minimum_amount=20')).items.slice(-1);
		let after = oldest.event_id as string;
		for (let page = 0; page < 4; page += 1) {
			const { items, next } = await practice.must('GET', `/api/events/balance_overdue?limit=40&after=${after}`);
			seen.push(...items.map((item: { event_id: string }) => item.event_id));
			if (items.length < 40) break;
			after = next;
		}
		expect(seen).toHaveLength(99);
		expect(new Set(seen).size).toBe(99);
	});
});

it('removes nothing and tells nothing to a subscription of another practice', async () => {
	const other = await createPractice(service.url, { twilio: false, name: 'Other' });
	await subscribe(other, 'escalation_raised', `${zap.url}/other`);
	await subscribe(practice, 'escalation_raised', `${zap.url}/own`);
	await open('1');
	await settle(service, practice);
	await settle(service, other);
	expect([heard('/own').length, heard('/other').length]).toEqual([1, 0]);
	expect((await other.must('GET', '/api/subscriptions')).items).toHaveLength(1);
});
