/** Work ends by itself when its cause is gone, with the reason in the chain, and opens anew when the cause comes back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, startTwilio, type Twilio } from '../../kit/twilio.ts';
import { claim, remittance } from '../flow/kit.ts';
import { escalation, open, sweep, told } from './kit.ts';

let service: Running;
let practice: TestPractice;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false });
});

const settle = async () => {
	await service.useCases.handlers.review({ practice_id: practice.id });
	await sweep(service, practice);
};
const outcomes = async (query = '') => (await open(practice, `status=resolved${query}`)).map((item) => [item.reason, item.outcome]);
const whys = () =>
	service.rows(practice.id, async (tx) =>
		(
			await tx
				.selectFrom('audit')
				.select(['actor', 'body'])
				.where('practice_id', '=', practice.id)
				.where('kind', '=', 'escalation_resolved')
				.orderBy('seq')
				.execute()
		).map(({ actor, body }) => [actor, body.why]),
	);
const balance = (fields: object) => practice.must('POST', '/api/balances', { state: 'NY', ...fields });

describe('A balance that was paid', () => {
	it('ends the work about it, and what staff asked for about money, but not what somebody else must answer', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 50 });
		await settle();
		expect((await open(practice)).map((item) => item.reason)).toEqual(['unpaid_after_reminders']);
		for (const reason of ['payment_failed', 'financial_hardship', 'other']) await practice.must('POST', '/api/escalations', { reason, account_ref });
		await balance({ account_ref, amount: 0 });
		await settle();
		expect((await open(practice)).map((item) => item.reason).sort()).toEqual(['financial_hardship', 'other']);
		expect((await outcomes()).sort()).toEqual([
			['payment_failed', 'paid'],
			['unpaid_after_reminders', 'paid'],
		]);
		expect(await whys()).toEqual([
			['review', 'Nothing is owed any more.'],
			['review', 'Nothing is owed any more.'],
		]);
		await service.advance(30 * DAY);
		await settle();
		const about = (await told(practice)).filter((event) => event.reason === 'unpaid_after_reminders' || event.reason === 'payment_failed');
		expect(about.map((event) => event.change)).toEqual(['opened', 'opened']);
	});

	it('and is owed again opens a new item', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 50 });
		await settle();
		const [first] = await open(practice);
		await balance({ account_ref, amount: 0 });
		await settle();
		await service.advance(DAY);
		await balance({ account_ref, amount: 90, first_notice_date: '2026-09-01' });
		await settle();
		await service.advance(60 * DAY);
		await balance({ account_ref, amount: 90 });
		await settle();
		const again = (await open(practice)).filter((item) => item.reason === 'unpaid_after_reminders');
		expect(again).toHaveLength(1);
		expect(again[0].escalation_ref).not.toBe(first.escalation_ref);
	});
});

describe('Work that a person ended while its cause stands', () => {
	const unpaid = async (query = '') => (await open(practice, `reason=unpaid_after_reminders${query}`)).map((item) => item.escalation_ref);
	const end = async () => practice.must('POST', '/api/escalations/resolve', { escalation_ref: (await unpaid())[0], outcome: 'done' });

	it('is not opened again by the next reviews, but after thirty days', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 50 });
		await settle();
		await end();
		for (let more = 1; more <= 4; more += 1) {
			await service.advance(7 * DAY);
			await balance({ account_ref, amount: 84 + more });
			await settle();
		}
		expect(await unpaid()).toEqual([]);
		await service.advance(2 * DAY + 1);
		await settle();
		expect(await unpaid()).toHaveLength(1);
	});

	it('is opened again when its cause was gone and came back', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 50 });
		await settle();
		await end();
		await service.advance(DAY);
		await practice.must('POST', '/api/holds', { scope: 'account', account_ref, reason: 'bankruptcy' });
		await settle();
		await practice.must('POST', '/api/holds/release', { scope: 'account', account_ref });
		await service.advance(3 * DAY);
		await balance({ account_ref, amount: 84.3 });
		await settle();
		expect(await unpaid()).toHaveLength(1);
	});

	it('is opened by a person who asks for it', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 50 });
		const first = await practice.must('POST', '/api/escalations', { reason: 'unpaid_after_reminders', account_ref });
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: first.escalation_ref, outcome: 'done' });
		expect(await practice.must('POST', '/api/escalations', { reason: 'unpaid_after_reminders', account_ref })).toMatchObject({ status: 'opened' });
	});

	it('about a fact that is missing is not opened again on the same day', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 8, consent: false });
		await settle();
		const [item] = await open(practice, 'reason=missing_information');
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: item.escalation_ref, outcome: 'not_needed' });
		await balance({ account_ref, amount: 85 });
		await settle();
		expect(await open(practice, 'reason=missing_information')).toEqual([]);
		await service.advance(DAY);
		await balance({ account_ref, amount: 86 });
		await settle();
		expect(await open(practice, 'reason=missing_information')).toHaveLength(1);
	});
});

describe('A fact nobody knew', () => {
	it('once recorded takes its account off the list, and the last one ends the item', async () => {
		const one = await createAccount(practice, { your_reference: 'A-1', days: 8, consent: false });
		const two = await createAccount(practice, { your_reference: 'A-2', days: 8, consent: false, phone: '(317) 555-0143' });
		await settle();
		expect(await open(practice, 'reason=missing_information')).toMatchObject([{ account_count: 2, title: 'Record consent to billing messages' }]);
		const consents = async (account_ref: string) =>
			practice.must('POST', '/api/accounts', { account_ref, sms_consent: 'yes', voice_consent: 'yes', email_consent: 'no', consent_evidence: 'intake form' });
		await consents(one);
		await settle();
		expect(await open(practice, 'reason=missing_information')).toMatchObject([{ account_count: 1 }]);
		expect(await open(practice, `account_ref=${two}`)).toHaveLength(1);
		await consents(two);
		await settle();
		expect(await open(practice, 'reason=missing_information')).toEqual([]);
		expect(await outcomes()).toEqual([['missing_information', 'recorded']]);
	});
});

describe('A denial', () => {
	const denied = () => practice.must('POST', '/api/files', { kind: 'remittance', content: remittance(claim('D1-501', '1', 100, 0, ['CAS*CO*197*100'])) });

	it('that was appealed ends the work about it', async () => {
		await denied();
		await settle();
		const account_ref = (await practice.must('GET', '/api/claims/find')).items[0].account_ref;
		await practice.must('POST', '/api/escalations', { reason: 'claim_denied', account_ref });
		await settle();
		expect((await open(practice)).map((item) => item.reason)).toEqual(['claim_denied']);
		const { claim_ref } = (await practice.must('GET', '/api/claims/find')).items[0];
		await practice.must('POST', '/api/claims', { claim_ref, status: 'appealed' });
		await settle();
		expect(await open(practice)).toEqual([]);
		expect(await outcomes()).toEqual([['claim_denied', 'denial_worked']]);
	});

	it('whose deadline comes nearer in the night moves up in the morning, once', async () => {
		const rule = { id: 'example_plan', payer: 'Example Health Plan', file_days: 90, appeal_days: 40, receipt_days: 5, source: 'contract of 2026' };
		practice = await createPractice(service.url, {
			twilio: false,
			policy: { claims: { ...DEFAULT_POLICY.claims, payers: [rule] }, ...escalation({ rungs: [], due_business_days: 60 }) },
		});
		await denied();
		const at = async (when: string) => {
			service.clock.now = Date.parse(when);
			await settle();
			return (await told(practice)).filter((event) => event.reason === 'deadline_near').map((event) => [event.change, event.occurred_at, event.severity]);
		};
		const opened = ['opened', '2026-12-07T10:00:00-05:00', 'normal'];
		expect(await at('2026-12-07T10:00:00-05:00')).toEqual([opened]);
		expect(await at('2026-12-21T00:30:00-05:00')).toEqual([opened]);
		expect(await at('2026-12-21T08:00:00-05:00')).toEqual([opened, ['moved_up', '2026-12-21T08:00:00-05:00', 'normal']]);
		expect(await at('2026-12-21T12:00:00-05:00')).toHaveLength(2);
	});

	it('that Dunwell knows nothing of is ended by a person only', async () => {
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		await practice.must('POST', '/api/escalations', { reason: 'claim_denied', account_ref });
		await settle();
		expect((await open(practice)).map((item) => item.reason)).toEqual(['claim_denied']);
	});
});

describe('A connection that was broken', () => {
	it('and works again ends the work about it', async () => {
		await service.rows(practice.id, async (tx) => {
			const { openWork } = await import('../../../shared/service/escalations/open.ts');
			const { readPractice } = await import('../../../shared/service/practice.ts');
			await openWork(service.deps, tx, await readPractice(tx, practice.id, NOON), {
				cause: 'connection:outbox',
				test: false,
				reason: 'other',
				severity: 'high',
				title: 'The connection to Sandbox is broken',
				actor: 'system',
			});
		});
		await sweep(service, practice);
		expect(await open(practice)).toHaveLength(1);
		await service.advance(60_000);
		await practice.setup('POST', '/connections/outbox/check');
		await sweep(service, practice);
		expect(await outcomes()).toEqual([['other', 'connected']]);
	});
});

describe('The ladder of messages that did not arrive', () => {
	let twilio: Twilio;
	beforeAll(async () => {
		twilio = await startTwilio();
	});
	afterAll(() => twilio[Symbol.asyncDispose]());

	it('opens its work once at the second bounce, with its owner, and ends with the balance', async () => {
		const running = await startService({ vendorUrls: { twilio: twilio.url } });
		try {
			twilio.now = () => running.clock.now;
			const team = await createPractice(running.url, {
				policy: {
					...escalation({ ladders: [{ id: 'bounces', when: { delivery_failures: 2 }, severity: 'high', owner: 'dana', due_business_days: 1 }] }),
					channels: ['sms'],
					milestones: DEFAULT_POLICY.milestones,
				},
			});
			const account_ref = await createAccount(team, { your_reference: 'A-1', days: 8, phone: '+13175550142' });
			const bounce = async () => {
				const sent = await team.must('POST', '/api/reminders', { account_ref });
				expect(sent.status).toBe('sent');
				const message = twilio.taken.at(-1);
				const { body, headers } = signedCallback(message?.callback ?? '', { MessageSid: message?.sid ?? '', MessageStatus: 'undelivered', ErrorCode: '30003' });
				const answer = await fetch(message?.callback.replace('https://dunwell.example', running.url) ?? '', { method: 'POST', body, headers });
				expect(answer.status).toBeLessThan(300);
				await running.useCases.handlers.review({ practice_id: team.id });
				await sweep(running, team);
			};
			const ladder = async () => (await open(team)).filter((item) => item.title.includes('bounces'));
			await bounce();
			expect(await ladder()).toEqual([]);
			await running.advance(8 * DAY);
			await team.must('POST', '/api/balances', { account_ref, amount: 84.2, phone: '+13175550143' });
			await bounce();
			expect(await ladder()).toMatchObject([{ severity: 'high', owner: 'dana', account_ref }]);
			await team.must('POST', '/api/reviews', {});
			await running.useCases.handlers.review({ practice_id: team.id });
			expect(await ladder()).toHaveLength(1);
			await team.must('POST', '/api/balances', { account_ref, amount: 0 });
			await running.useCases.handlers.review({ practice_id: team.id });
			expect(await ladder()).toEqual([]);
			expect((await told(team)).filter((event) => event.title.includes('bounces')).map((event) => event.change)).toEqual(['opened']);
		} finally {
			await running.close();
		}
	});
});
