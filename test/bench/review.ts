/** The periodic review of due accounts, in a small ledger and in a large one: its cost must follow what is due. */
import type { PGlite } from '@electric-sql/pglite';
import { reviewDue } from '../../shared/service/review/due.ts';
import { atMost, type Row } from './row.ts';
import { type BenchService, cpuOf, startBenchService } from './service.ts';

const DUE = 5000;
const SMALL = 100_000;
const LARGE = 1_000_000;
/** Before the first measurement, so that both find the code hot. */
const WARM = 1000;

/** Accounts with one open invoice, a phone, a mailbox and consent for both; nothing of it due yet. Set-based, as the administrator. */
async function fill(database: PGlite, practiceId: string, from: number, to: number): Promise<void> {
	const series = `generate_series(${from}, ${to - 1}) n`;
	const ref = (prefix: string) => `'${prefix}_' || lpad(n::text, 14, '0')`;
	await database.exec(`
		insert into dunwell.account (practice_id, account_ref, test, your_reference, state, zip, currency, owed_minor, next_review_at, reviewed_at, above, created_at, updated_at)
			select '${practiceId}', ${ref('acc')}, false, 'A-' || n, 'NY', '10001', 'USD', 2500 + n % 40000, now() + interval '1 day' * (2 + n % 30), now() - interval '9 days', case when 2500 + n % 40000 > 20000 then array[20000] else '{}'::bigint[] end, now() - interval '60 days', now() - interval '9 days' from ${series};
		insert into dunwell.invoice (practice_id, invoice_ref, account_ref, your_reference, amount_minor, currency, due_date, first_notice_date, final_share, source, as_of, created_at, updated_at)
			select '${practiceId}', ${ref('inv')}, ${ref('acc')}, 'I-' || n, 2500 + n % 40000, 'USD', current_date - 2, current_date - 2, true, 'bench', now() - interval '1 hour', now() - interval '60 days', now() - interval '9 days' from ${series};
		insert into dunwell.contact_point (practice_id, account_ref, channel, address, updated_at)
			select '${practiceId}', ${ref('acc')}, c, case c when 'email' then 'pat.' || n || '@example.com' else '+1212555' || lpad((n % 10000)::text, 4, '0') end, now() from ${series}, unnest(array['email', 'sms']) c;
		insert into dunwell.consent (practice_id, account_ref, channel, state, evidence, actor, at)
			select '${practiceId}', ${ref('acc')}, c, 'granted', 'bench', 'bench', now() from ${series}, unnest(array['email', 'sms']) c;`);
	for (const table of ['account', 'invoice', 'contact_point', 'consent']) await database.exec(`vacuum (analyze) dunwell.${table}`);
}

/** Makes `count` accounts due, spread evenly over all: a quarter each reach 7, 15, 30 and 45 days. */
async function makeDue(database: PGlite, accounts: number, count: number, offset: number): Promise<void> {
	const step = Math.floor(accounts / count);
	await database.exec(`
		create temporary table due on commit preserve rows as select 'acc_' || lpad((${offset} + k * ${step})::text, 14, '0') as ref, (array[7, 15, 30, 45])[1 + k % 4] as days from generate_series(0, ${count - 1}) k;
		update dunwell.invoice i set first_notice_date = current_date - d.days, due_date = current_date - d.days from due d where i.account_ref = d.ref;
		update dunwell.account a set next_review_at = now() - interval '1 minute' from due d where a.account_ref = d.ref;
		drop table due;`);
}

async function review({ deps, practiceId }: BenchService, count: number): Promise<{ cpuMs: number; wallMs: number }> {
	const done = await cpuOf(() => reviewDue(deps, { practice_id: practiceId }));
	if (done.value !== count) throw new Error(`The review took ${done.value} accounts, not the ${count} that were due.`);
	return done;
}

export async function benchReview(): Promise<Row[]> {
	const service = await startBenchService();
	const { database, practiceId } = service;
	try {
		await fill(database, practiceId, 0, SMALL);
		await makeDue(database, SMALL, WARM, 3);
		await review(service, WARM);
		await makeDue(database, SMALL, DUE, 0);
		const small = await review(service, DUE);
		const filling = performance.now();
		await fill(database, practiceId, SMALL, LARGE);
		const filled = (performance.now() - filling) / 1000;
		await makeDue(database, LARGE, DUE, 1);
		const large = await review(service, DUE);
		const { rows } = await database.query<{ type: string; count: number }>('select type, count(*) from dunwell.event group by type order by type');
		const part = 'review';
		const due = DUE.toLocaleString('en-US');
		return [
			{
				part,
				name: `${due} due of ${SMALL.toLocaleString('en-US')} accounts`,
				measured: small.wallMs / 1000,
				unit: 's',
				budget: atMost(10),
				note: `${(small.cpuMs / 1000).toFixed(1)} s of CPU`,
			},
			{
				part,
				name: `${due} due of ${LARGE.toLocaleString('en-US')} accounts`,
				measured: large.wallMs / 1000,
				unit: 's',
				note: `${(large.cpuMs / 1000).toFixed(1)} s of CPU; the accounts were written in ${filled.toFixed(0)} s`,
			},
			{
				part,
				name: 'the large ledger over the small one',
				measured: large.cpuMs / small.cpuMs,
				unit: 'x',
				budget: atMost(1.3),
				note: `by CPU; raised ${rows.map((row) => `${row.count} ${row.type}`).join(', ')}`,
			},
		];
	} finally {
		await service.close();
	}
}
