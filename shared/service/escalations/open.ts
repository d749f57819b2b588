/** Staff work is opened: one open item per cause, in Dunwell and, by its route, in a connected tool. */
import { sql } from 'kysely';
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { addBusinessDays, localDay, startOfDay } from '../../rules/index.ts';
import { audit } from '../audit.ts';
import { raise } from '../events.ts';
import { iso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { workEvent } from './event.ts';
import type { NewWork, OpenedWork } from './words.ts';

/** Opens work, or finds that its cause is open already. The item in a connected tool follows by itself. */
export async function openWork(deps: Deps, tx: Tx, practice: Practice, work: NewWork): Promise<OpenedWork> {
	const [opened] = await openWorks(deps, tx, practice, [work]);
	if (!opened) throw new Failure('broken', 'The staff work could not be recorded.');
	return opened;
}

interface EscalationRow {
	escalation_ref: string;
	opened: boolean;
	cause: string;
	test: boolean;
	owner: string | null;
	due_at: Date | null;
	route: string;
}

/** As `openWork` for many at once, each of another cause: a review may find hundreds. Answers in the order of `works`. */
export async function openWorks(deps: Deps, tx: Tx, practice: Practice, works: readonly NewWork[]): Promise<OpenedWork[]> {
	if (works.length === 0) return [];
	const now = deps.now();
	const routes = await readRoutes(tx, practice, works);
	const plans = works.map((work) => planWork(practice, routes, work, now));
	const values = plans.map(({ work, routeRow: _, dueAt, accounts, ...plan }) => ({
		...plan,
		cause: work.cause,
		test: work.test,
		account_ref: work.accountRef,
		reason: work.reason,
		severity: work.severity,
		title: work.ownTitle ?? work.title,
		note: work.note,
		amount_minor: work.amountMinor ?? 0,
		currency: work.currency ?? practice.currency,
		owner: plan.owner === '' ? null : plan.owner,
		due_at: iso(dueAt),
		actor: work.actor,
		accounts,
	}));
	// In one order, or two reviews that find the same causes would wait for each other for ever.
	const { rows } = await sql<EscalationRow>`
		insert into escalation (practice_id, escalation_ref, cause, test, account_ref, reason, severity, title, note, amount_minor, currency, route, owner, status, due_at, opened_at, actor, accounts)
		select ${practice.id}, x.ref, x.cause, x.test, x.account_ref, x.reason, x.severity, x.title, x.note, x.amount_minor, x.currency, x.route, x.owner, 'open', x.due_at, ${iso(now)}, x.actor, x.accounts
		from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as x(ref text, cause text, test boolean, account_ref text, reason text, severity text, title text, note text, amount_minor bigint,
			currency text, route text, owner text, due_at timestamptz, actor text, accounts text[])
		order by x.test, x.cause
		on conflict (practice_id, test, cause) where status = 'open' do update set
			accounts = (select array(select distinct x from unnest(escalation.accounts || excluded.accounts) x order by x)),
			amount_minor = case when escalation.account_ref is null then escalation.amount_minor + case when escalation.accounts @> excluded.accounts then 0 else excluded.amount_minor end else escalation.amount_minor end
		returning escalation_ref, (xmax = 0) as opened, cause, test, owner, due_at, route`.execute(tx);
	const written = new Map(rows.map((row) => [`${row.test}:${row.cause}`, row]));
	const opened = plans.filter(({ work }) => written.get(`${work.test}:${work.cause}`)?.opened);
	await raise(
		deps,
		tx,
		practice,
		opened.map((plan) => workEvent(deps, practice, plan.work, plan.ref, plan, 'opened')),
	);
	await deps.ledger.queue.addAll(
		tx,
		'deliver',
		opened.filter((plan) => plan.routeRow?.connection).map((plan) => ({ data: { practice_id: practice.id, escalation_ref: plan.ref } })),
	);
	await audit(
		tx,
		practice.id,
		opened.map(({ work, ref, route, accounts }) => ({
			at: iso(now),
			actor: work.actor,
			kind: 'escalation_opened',
			subject: ref,
			body: { cause: work.cause, reason: work.reason, severity: work.severity, route, accounts },
			...(work.note ? { personal: { note: work.note } } : {}),
		})),
	);
	return works.flatMap((work) => {
		const row = written.get(`${work.test}:${work.cause}`);
		return row
			? [
					{
						ref: row.escalation_ref,
						opened: row.opened,
						owner: row.owner ?? '',
						dueAt: row.due_at ? new Date(row.due_at).getTime() : undefined,
						route: row.route,
					},
				]
			: [];
	});
}

async function readRoutes(tx: Tx, practice: Practice, works: readonly NewWork[]): Promise<Map<string, { connection: string | null; staff: string | null }>> {
	const names = [...new Set(works.map((work) => work.route ?? practice.policy.escalation.route))].filter((route) => route !== 'dunwell_only');
	if (names.length === 0) return new Map();
	const rows = await tx
		.selectFrom('route')
		.select(['route', 'connection', 'staff'])
		.where('practice_id', '=', practice.id)
		.where('route', 'in', names)
		.execute();
	return new Map(rows.map((row) => [row.route, row]));
}

/** Who is to do it, by when and by which route. @throws Failure `invalid` when the work itself names a route that is none */
function planWork(practice: Practice, routes: ReadonlyMap<string, { connection: string | null; staff: string | null }>, work: NewWork, now: number) {
	const route = work.route ?? practice.policy.escalation.route;
	const routeRow = routes.get(route);
	if (route !== 'dunwell_only' && !routeRow && work.route)
		throw invalidField('route', `There is no route "${route}". Choose one of the list, or set it up first.`);
	const dueDay = work.dueDate ?? addBusinessDays(localDay(now, practice.zone), practice.policy.escalation.due_business_days, []);
	return {
		work,
		ref: newRef('esc'),
		route,
		routeRow,
		owner: work.owner ?? routeRow?.staff ?? '',
		// Due at the end of that day, on the practice's clock.
		dueAt: startOfDay(nextDay(dueDay), practice.zone) - 1000,
		accounts: [...(work.accounts ?? (work.accountRef ? [work.accountRef] : []))],
	};
}

const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
