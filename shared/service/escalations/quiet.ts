/**
 * What a person ended stays ended while its cause stands: a call was made, the balance is still unpaid, and the next
 * review must not open the same work again. It does when the cause was gone once, or stands long after.
 */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { iso, type Practice } from '../practice.ts';
import { causeOfWork, type NewWork } from './words.ts';

/** A cause that stands so long after somebody said that it was done needs another look. */
const QUIET_MS = 30 * 86_400_000;

/** Work about these accounts was ended: they are looked at again when the quiet is over, whatever else happens. */
export async function lookAgain(tx: Tx, practice: Practice, ended: readonly { accountRef: string; at: number }[]): Promise<void> {
	if (ended.length === 0) return;
	const values = ended.map(({ accountRef, at }) => ({ ref: accountRef, at: iso(at + QUIET_MS) }));
	await sql`update account set next_review_at = least(next_review_at, x.at) from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as x(ref text, at timestamptz)
		where practice_id = ${practice.id} and account_ref = x.ref`.execute(tx);
}

/** Of works that a review found, those that nobody ended lately. A new stage of a cause, such as fewer days left, is never quiet. */
export async function withoutQuiet<W extends NewWork>(tx: Tx, practice: Practice, works: readonly W[], now: number): Promise<W[]> {
	if (works.length === 0) return [];
	const ended = await readEnded(tx, practice, works, now);
	const quiet = works.flatMap((work) => {
		const same = ended.find((row) => row.key === keyOf(work) && (work.step === undefined || row.steps.includes(work.step)));
		return same ? [{ work, at: new Date(same.resolved_at).getTime() }] : [];
	});
	await lookAgain(
		tx,
		practice,
		quiet.flatMap(({ work, at }) => (work.accountRef ? [{ accountRef: work.accountRef, at }] : [])),
	);
	return works.filter((work) => !quiet.some((one) => one.work === work));
}

const keyOf = (work: NewWork): string => `${work.test}:${causeOfWork(work)}`;

interface Ended {
	key: string;
	resolved_at: Date;
	/** The stages that were told of it. */
	steps: string[];
}

async function readEnded(tx: Tx, practice: Practice, works: readonly NewWork[], now: number): Promise<Ended[]> {
	const steps = works.flatMap((work) => work.step ?? []);
	const { rows } = await sql<Ended>`
		select e.test || ':' || e.cause as key, e.resolved_at, array(select s from unnest(${steps}::text[]) s
			where exists (select from event v where v.practice_id = e.practice_id and v.test = e.test and v.key = 'escalation:' || e.escalation_ref || ':step:' || s)) as steps
		from escalation e where e.practice_id = ${practice.id} and e.quiet and e.cause = any(${works.map(causeOfWork)}) and e.resolved_at > ${iso(now - QUIET_MS)}
		order by e.resolved_at desc`.execute(tx);
	return rows;
}
