/** Staff work is opened: one open item per cause, in Dunwell and, by its route, in a connected tool. */
import { sql } from 'kysely';
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { addBusinessDays, firstWorkingMoment, localDay, startOfDay } from '../../rules/index.ts';
import { audit } from '../audit.ts';
import { raise } from '../events.ts';
import { iso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { foundAgain } from './again.ts';
import { workEvent } from './event.ts';
import { DUNWELL_ONLY, type Route, readRoutes } from './routes.ts';
import { nextRungAt } from './rungs.ts';
import { causeOfWork, type NewWork, type OpenedWork, type Severity } from './words.ts';

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
	severity: Severity;
	owner: string | null;
	due_at: Date | null;
	route: string;
}

const keyOf = (work: NewWork): string => `${work.test}:${causeOfWork(work)}`;

/**
 * As `openWork` for many at once, each of another cause: a review may find hundreds. Answers in the order of `works`.
 * Work that is open already moves up when it is now more urgent, or for each new `step` of its cause.
 */
export async function openWorks(deps: Deps, tx: Tx, practice: Practice, works: readonly NewWork[]): Promise<OpenedWork[]> {
	if (works.length === 0) return [];
	const now = deps.now();
	const distinct = [...new Map(works.map((work) => [keyOf(work), work])).values()];
	const routes = await readRoutes(
		tx,
		practice.id,
		distinct.map((work) => work.route ?? practice.policy.escalation.route),
	);
	const plans = distinct.map((work) => planWork(practice, routes, work, now));
	const written = new Map((await insert(tx, practice, plans, now)).map((row) => [`${row.test}:${row.cause}`, row]));
	const opened = plans.filter(({ work }) => written.get(keyOf(work))?.opened);
	await tell(deps, tx, practice, opened, now);
	const moved = await foundAgain(
		deps,
		tx,
		practice,
		plans.flatMap(({ work, dueAt }) => {
			const row = written.get(keyOf(work));
			return row && !row.opened ? [{ ref: row.escalation_ref, severity: row.severity, work, dueAt }] : [];
		}),
	);
	const places = new Map(moved.map((one) => [one.ref, one]));
	return works.flatMap((work) => {
		const row = written.get(keyOf(work));
		if (!row) return [];
		const { owner, route } = places.get(row.escalation_ref) ?? { owner: row.owner ?? '', route: row.route };
		return [{ ref: row.escalation_ref, opened: row.opened, owner, dueAt: row.due_at ? new Date(row.due_at).getTime() : undefined, route }];
	});
}

type WorkPlan = ReturnType<typeof planWork>;

async function insert(tx: Tx, practice: Practice, plans: readonly WorkPlan[], now: number): Promise<EscalationRow[]> {
	const values = plans.map(({ work, ref, route, owner, dueAt, nextAt, accounts }) => ({
		ref,
		cause: causeOfWork(work),
		test: work.test,
		account_ref: work.accountRef,
		reason: work.reason,
		severity: work.severity,
		title: work.ownTitle ?? work.title,
		note: work.note,
		amount_minor: work.amountMinor ?? 0,
		currency: work.currency ?? practice.currency,
		route,
		owner: owner === '' ? null : owner,
		due_at: iso(dueAt),
		next_rung_at: nextAt === undefined ? null : iso(nextAt),
		ladder: work.ladder,
		actor: work.actor,
		accounts,
	}));
	// In one order, or two reviews that find the same causes would wait for each other for ever.
	const { rows } = await sql<EscalationRow>`
		insert into escalation (practice_id, escalation_ref, cause, test, account_ref, reason, severity, title, note, amount_minor, currency, route, owner, status, due_at, next_rung_at, ladder, opened_at, actor, accounts)
		select ${practice.id}, x.ref, x.cause, x.test, x.account_ref, x.reason, x.severity, x.title, x.note, x.amount_minor, x.currency, x.route, x.owner, 'open', x.due_at, x.next_rung_at, x.ladder, ${iso(now)}, x.actor, x.accounts
		from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as x(ref text, cause text, test boolean, account_ref text, reason text, severity text, title text, note text, amount_minor bigint,
			currency text, route text, owner text, due_at timestamptz, next_rung_at timestamptz, ladder text, actor text, accounts text[])
		order by x.test, x.cause
		on conflict (practice_id, test, cause) where status = 'open' do update set
			accounts = (select array(select distinct x from unnest(escalation.accounts || excluded.accounts) x order by x)),
			amount_minor = case when escalation.account_ref is null then escalation.amount_minor + case when escalation.accounts @> excluded.accounts then 0 else excluded.amount_minor end else escalation.amount_minor end
		returning escalation_ref, (xmax = 0) as opened, cause, test, severity, owner, due_at, route`.execute(tx);
	return rows;
}

/** Those who listen, the connected tool, and the chain. */
async function tell(deps: Deps, tx: Tx, practice: Practice, opened: readonly WorkPlan[], now: number): Promise<void> {
	await raise(
		deps,
		tx,
		practice,
		opened.map(({ work, ref, route, owner, dueAt }) =>
			workEvent(
				deps,
				practice,
				{ ...work, ref, route, owner, dueAt, amountMinor: work.amountMinor ?? 0, currency: work.currency ?? practice.currency, deliveredTo: '' },
				{ change: 'opened', occurrence: work.step ? `step:${work.step}` : 'opened', changes: [], actor: work.actor, causedBy: work.causedBy },
			),
		),
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
			body: { cause: causeOfWork(work), reason: work.reason, severity: work.severity, route, accounts },
			...(work.note ? { personal: { note: work.note } } : {}),
		})),
	);
}

/** Who is to do it, by when and by which route. @throws Failure `invalid` when the work itself names a route that is none */
function planWork(practice: Practice, routes: ReadonlyMap<string, Route>, work: NewWork, now: number) {
	const route = work.route ?? practice.policy.escalation.route;
	const routeRow = routes.get(route);
	// A ladder of the policy may name a route that was removed since: its work stays in Dunwell, as the checklist says.
	if (route !== DUNWELL_ONLY && !routeRow && work.route && !work.ladder)
		throw invalidField('route', `There is no route "${route}". Choose one of the list, or set it up first.`);
	const dueAt = dueInstant(practice, work, now);
	return {
		work,
		ref: newRef('esc'),
		route,
		routeRow,
		owner: work.owner ?? routeRow?.staff ?? '',
		dueAt,
		// A rung of no days is climbed at once.
		nextAt: nextRungAt(practice, { openedAt: now, dueAt }, now - 1),
		accounts: [...(work.accounts ?? (work.accountRef ? [work.accountRef] : []))],
	};
}

/** The end of the day on which it is due, on the practice's clock. Days count from when staff can first look at it. */
function dueInstant({ zone, policy }: Practice, work: NewWork, now: number): number {
	const first = localDay(firstWorkingMoment(now, zone, policy.closures), zone);
	const day = work.dueDate ?? addBusinessDays(first, work.dueBusinessDays ?? policy.escalation.due_business_days, policy.closures);
	return startOfDay(nextDay(day), zone) - 1000;
}

const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
