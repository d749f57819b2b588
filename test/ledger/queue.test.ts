import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { invalidField } from '../../shared/contracts/failure.ts';
import type { Handlers, Ledger, QueueName } from '../../shared/ledger/open.ts';
import { LEDGERS, openTestLedger, type TestLedger } from '../kit/database.ts';

const until = async (condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> => {
	const end = Date.now() + ms;
	while (!(await condition())) {
		if (Date.now() > end) throw new Error('It did not happen in time.');
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
};

const soon = () => Date.now() + 20_000;

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(`The queue, ${title}`, () => {
		let opened: TestLedger;
		let ledger: Ledger;
		let done: unknown[];
		const problems: Error[] = [];

		const handlers = (own: Partial<Handlers> = {}): Handlers => {
			const keep = (queue: QueueName) => async (data: object) => void done.push([queue, data]);
			return { review: keep('review'), send: keep('send'), deliver: keep('deliver'), poll: keep('poll'), sweep: keep('sweep'), ...own };
		};
		const states = async () => {
			const { rows } = await ledger.system((tx) =>
				sql<{ state: string; data: unknown; output: unknown }>`select state::text, data, output from dunwell_jobs.job order by created_on, data::text`.execute(
					tx,
				),
			);
			return rows;
		};

		beforeAll(async () => {
			opened = await openTestLedger(kind, (problem) => problems.push(problem));
			ledger = opened.ledger;
		});
		afterAll(() => opened.close());
		beforeEach(async () => {
			done = [];
			problems.length = 0;
			await ledger.system((tx) => sql`delete from dunwell_jobs.job`.execute(tx));
		});
		afterEach(() => ledger.queue.stop());

		it('runs what a committed transaction added', async () => {
			await ledger.practice('p', async (tx) => {
				await ledger.queue.add(tx, 'send', { reminder: 'r1' });
				await ledger.queue.add(tx, 'review', { account: 'a1' });
			});
			expect(await ledger.queue.drain(handlers(), soon())).toBe(2);
			expect(done).toEqual(
				expect.arrayContaining([
					['send', { reminder: 'r1' }],
					['review', { account: 'a1' }],
				]),
			);
			expect((await states()).map((row) => row.state)).toEqual(['completed', 'completed']);
		});

		it('forgets what a rolled-back transaction added', async () => {
			const attempt = ledger.practice('p', async (tx) => {
				await ledger.queue.add(tx, 'send', { reminder: 'r1' });
				throw new Error('no');
			});
			await expect(attempt).rejects.toThrow('no');
			expect(await ledger.queue.drain(handlers(), soon())).toBe(0);
			expect(await states()).toEqual([]);
		});

		it('adds many in one statement, and none without a statement', async () => {
			await ledger.practice('p', async (tx) => {
				await ledger.queue.addAll(
					tx,
					'deliver',
					Array.from({ length: 25 }, (_, n) => ({ data: { n } })),
				);
				await ledger.queue.addAll(tx, 'deliver', []);
			});
			expect(await ledger.queue.drain(handlers(), soon())).toBe(25);
			expect(done.map((entry) => (entry as [string, { n: number }])[1].n).sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
		});

		it('keeps a job back until its time', async () => {
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'send', { n: 1 }, { startAfter: new Date(Date.now() + 3_600_000) }));
			expect(await ledger.queue.drain(handlers(), soon())).toBe(0);
			expect((await states()).map((row) => row.state)).toEqual(['created']);
		});

		it('keeps one waiting job per key, and the earlier start', async () => {
			const later = new Date(Date.now() + 3_600_000);
			await ledger.practice('p', async (tx) => {
				await ledger.queue.add(tx, 'review', { n: 1 }, { singletonKey: 'p/a1', startAfter: later });
				await ledger.queue.add(tx, 'review', { n: 2 }, { singletonKey: 'p/a2', startAfter: later });
			});
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'review', { n: 3 }, { singletonKey: 'p/a1' }));
			expect(await ledger.queue.drain(handlers(), soon())).toBe(1);
			expect(done).toEqual([['review', { n: 1 }]]);
			expect((await states()).map((row) => row.state).sort()).toEqual(['completed', 'created']);
		});

		it('lets a later start leave a waiting job where it is', async () => {
			await ledger.practice('p', async (tx) => {
				await ledger.queue.add(tx, 'review', { n: 1 }, { singletonKey: 'k' });
				await ledger.queue.add(tx, 'review', { n: 2 }, { singletonKey: 'k', startAfter: new Date(Date.now() + 3_600_000) });
			});
			expect(await ledger.queue.drain(handlers(), soon())).toBe(1);
		});

		it('takes one more job of a key while the first is running', async () => {
			let second: Promise<unknown> | undefined;
			const review = async (data: { n: number }) => {
				done.push(data.n);
				if (data.n === 1) {
					second = ledger.practice('p', (tx) => ledger.queue.add(tx, 'review', { n: 2 }, { singletonKey: 'k' }));
					await second;
				}
			};
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'review', { n: 1 }, { singletonKey: 'k' }));
			expect(await ledger.queue.drain(handlers({ review }), soon())).toBe(2);
			expect(done).toEqual([1, 2]);
		});

		it('takes one job per key and slot, even when the first is done', async () => {
			const add = () => ledger.practice('p', (tx) => ledger.queue.add(tx, 'poll', {}, { singletonKey: 'conn', singletonSeconds: 86_400 }));
			await add();
			expect(await ledger.queue.drain(handlers(), soon())).toBe(1);
			await add();
			expect(await ledger.queue.drain(handlers(), soon())).toBe(0);
		});

		it("tries a failed job again later, keeps the failure's own words, and tells who listens", async () => {
			const send = async () => {
				throw invalidField('channel', 'No such channel.');
			};
			const poll = async () => {
				throw new TypeError('Jane Doe owes 84.20');
			};
			await ledger.practice('p', async (tx) => {
				await ledger.queue.add(tx, 'send', { n: 1 });
				await ledger.queue.add(tx, 'poll', { n: 2 });
			});
			expect(await ledger.queue.drain(handlers({ send, poll }), soon())).toBe(0);
			expect(await states()).toEqual([
				{ state: 'retry', data: { n: 1 }, output: { kind: 'invalid', code: 'invalid_field', message: 'No such channel.' } },
				{ state: 'retry', data: { n: 2 }, output: { kind: 'broken', code: 'unexpected', message: 'TypeError' } },
			]);
			expect(problems.map((problem) => problem.message).sort()).toEqual(['Jane Doe owes 84.20', 'No such channel.']);
		});

		it('stops draining at its deadline', async () => {
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'send', { n: 1 }));
			expect(await ledger.queue.drain(handlers(), Date.now() - 1)).toBe(0);
		});

		it('wakes its workers as soon as a job is committed', async () => {
			await ledger.queue.work(handlers(), { concurrency: 4 });
			await new Promise((resolve) => setTimeout(resolve, 300));
			const before = performance.now();
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'send', { n: 1 }));
			await until(() => done.length === 1);
			// Without a notification it would be the next poll, ten seconds off.
			expect(performance.now() - before).toBeLessThan(6_000);
		});

		it('loses and doubles no job among concurrent transactions of which every third rolls back', async () => {
			await ledger.queue.work(handlers(), { concurrency: 8 });
			const attempts = Array.from({ length: 120 }, async (_, n) => {
				await ledger.practice(`p${n % 7}`, async (tx) => {
					await ledger.queue.add(tx, n % 2 === 0 ? 'send' : 'deliver', { n });
					if (n % 3 === 0) throw new Error('rolled back');
				});
			});
			const failed = (await Promise.allSettled(attempts)).filter((attempt) => attempt.status === 'rejected').length;
			await until(() => done.length >= 80);
			await until(async () => (await states()).every((row) => row.state === 'completed'));
			expect(failed).toBe(40);
			expect(done.map((entry) => (entry as [string, { n: number }])[1].n).sort((a, b) => a - b)).toEqual(
				Array.from({ length: 120 }, (_, n) => n).filter((n) => n % 3 !== 0),
			);
		});

		it('lets a running handler end when it is stopped', async () => {
			let ended = false;
			const send = async () => {
				done.push('began');
				await new Promise((resolve) => setTimeout(resolve, 800));
				ended = true;
			};
			await ledger.queue.work(handlers({ send }), { concurrency: 2 });
			await ledger.practice('p', (tx) => ledger.queue.add(tx, 'send', {}));
			await until(() => done.length === 1);
			await ledger.queue.stop();
			expect(ended).toBe(true);
			expect((await states()).map((row) => row.state)).toEqual(['completed']);
		});

		it('shows an application neither the jobs nor a way to them', async () => {
			await expect(ledger.practice('p', (tx) => sql`select * from dunwell_jobs.job`.execute(tx))).rejects.toMatchObject({ vendorCode: '42501' });
		});

		it('refuses to work or drain inside a transaction', async () => {
			await expect(ledger.practice('p', () => ledger.queue.drain(handlers(), soon()))).rejects.toMatchObject({ code: 'inside_transaction' });
			await expect(ledger.practice('p', () => ledger.queue.work(handlers(), { concurrency: 1 }))).rejects.toMatchObject({ code: 'inside_transaction' });
		});
	});
}
