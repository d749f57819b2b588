/** A ledger that opens its database with the first call that needs it: what needs none is answered before, or without it. */
import type { Ledger } from '../../shared/ledger/open.ts';

/**
 * Calls that come together wait for one opening; after one that failed, the next call tries again.
 * @param onJob hears the practice of each job that is added
 */
export function lazyLedger(open: () => Promise<Ledger>, onJob: (practiceId: string) => void): Ledger {
	let opening: Promise<Ledger> | undefined;
	const opened = (): Promise<Ledger> => {
		opening ??= open().catch((error: unknown) => {
			opening = undefined;
			throw error;
		});
		return opening;
	};
	const heard = (data: object): void => {
		if ('practice_id' in data) onJob(String(data.practice_id));
	};
	return {
		kind: 'postgres',
		practice: async (practiceId, work) => (await opened()).practice(practiceId, work),
		system: async (work) => (await opened()).system(work),
		call: async (name, practiceId, argument) => (await opened()).call(name, practiceId, argument),
		queue: {
			async add(tx, queue, data, options) {
				await (await opened()).queue.add(tx, queue, data, options);
				heard(data);
			},
			async addAll(tx, queue, jobs) {
				await (await opened()).queue.addAll(tx, queue, jobs);
				for (const job of jobs) heard(job.data);
			},
			work: async (handlers, options) => (await opened()).queue.work(handlers, options),
			drain: async (handlers, deadline) => (await opened()).queue.drain(handlers, deadline),
			stop: async () => (await opening)?.queue.stop(),
		},
		async close() {
			const ledger = await opening?.catch(() => undefined);
			opening = undefined;
			await ledger?.close();
		},
	};
}
