/** Staff work: one open item per cause, in Dunwell and, by its route, in a connected tool. */
import { sql } from 'kysely';
import { Failure, invalidField } from '../contracts/failure.ts';
import { formatMoney, toMinor } from '../contracts/money.ts';
import type { Tx } from '../ledger/open.ts';
import { ESCALATION_REASONS } from '../operations/fields.ts';
import type { Service } from '../operations/registry.ts';
import { addBusinessDays, localDay, startOfDay } from '../rules/index.ts';
import { findRef, loadAccount } from './accounts.ts';
import { audit } from './audit.ts';
import { openConnection } from './connections.ts';
import { card, type NewEvent, raise } from './events.ts';
import { once } from './once.ts';
import { accountLink, actorOf, causeOf, iso, localIso, type Practice, readPractice } from './practice.ts';
import { newRef } from './refs.ts';
import type { Caller, Deps } from './types.ts';

export type EscalationReason = keyof typeof ESCALATION_REASONS;
export type Severity = 'low' | 'normal' | 'high';

export interface NewWork {
	/** One open item per cause. */
	cause: string;
	test: boolean;
	reason: EscalationReason;
	severity: Severity;
	/** One line without names: it travels in events. */
	title: string;
	/** What a person wrote instead, which may name somebody: for staff's eyes, in no event. */
	ownTitle?: string;
	note?: string;
	accountRef?: string;
	yourReference?: string;
	location?: string;
	/** Work about a fact nobody knows lists its accounts instead. */
	accounts?: readonly string[];
	amountMinor?: number;
	currency?: string;
	route?: string;
	owner?: string;
	dueDate?: string;
	actor: string;
	causedBy?: string;
}

const WHAT_TO_DO: Record<EscalationReason, string> = {
	unpaid_after_reminders: 'Call the guarantor: offer help, a plan, or correct what is wrong.',
	payment_failed: 'Ask for another way to pay; do not try the same account again where the bank says so.',
	claim_denied: 'Work the denial by its category; nothing is asked of the patient meanwhile.',
	disputed: 'Look into the dispute, answer the patient, then settle or correct the balance.',
	reminder_not_delivered: 'Find a working number or address, or reach the person another way. An unknown outcome is checked with the sending service first.',
	patient_asked: 'Answer the patient.',
	missing_information: 'Record the missing fact for the listed accounts, or once for their source.',
	financial_hardship: 'Offer financial help or a payment plan.',
	deadline_near: 'Act before the deadline passes.',
	other: 'See the note.',
};

export interface OpenedWork {
	ref: string;
	opened: boolean;
	owner: string;
	dueAt: number | undefined;
	route: string;
}

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

function workEvent(
	deps: Deps,
	practice: Practice,
	work: NewWork,
	ref: string,
	at: { owner: string; dueAt: number; route: string },
	change: 'opened' | 'overdue',
): NewEvent {
	const currency = work.currency ?? practice.currency;
	const dueText = localIso(at.dueAt, practice.zone);
	const link = work.accountRef ? accountLink(deps, work.accountRef) : deps.config.publicUrl;
	return {
		type: 'escalation_raised',
		key: `escalation:${ref}:${change}`,
		test: work.test,
		...(work.accountRef ? { accountRef: work.accountRef } : {}),
		...(work.yourReference ? { yourReference: work.yourReference } : {}),
		...(work.location ? { location: work.location } : {}),
		currency,
		amountMinor: work.amountMinor ?? 0,
		raisedBy: work.actor,
		...(work.causedBy ? { causedBy: work.causedBy } : {}),
		summary: change === 'opened' ? `Staff work opened: ${work.title}.` : `Staff work missed its due date: ${work.title}.`,
		reasons: [ESCALATION_REASONS[work.reason]],
		fields: {
			escalation_ref: ref,
			change,
			reason: work.reason,
			severity: work.severity,
			title: work.title,
			what_to_do_text: WHAT_TO_DO[work.reason],
			owner: at.owner,
			due_at: dueText,
			route: at.route,
			delivered_to: '',
			card_json: card(
				work.title,
				{
					Reason: ESCALATION_REASONS[work.reason],
					Amount: work.amountMinor ? formatMoney(work.amountMinor, currency) : '',
					Owner: at.owner,
					Due: dueText.slice(0, 10),
				},
				link,
			),
		},
	};
}

/** Work whose due date passed tells so once. */
export async function raiseOverdueWork(deps: Deps, tx: Tx, practice: Practice): Promise<void> {
	const rows = await tx
		.selectFrom('escalation')
		.selectAll()
		.where('practice_id', '=', practice.id)
		.where('status', '=', 'open')
		.where('due_at', '<', new Date(deps.now()))
		.limit(200)
		.execute();
	for (const row of rows) {
		const work: NewWork = {
			cause: row.cause,
			test: row.test,
			reason: row.reason as EscalationReason,
			severity: row.severity as Severity,
			title: titleWithoutNames(row),
			...(row.account_ref ? { accountRef: row.account_ref } : {}),
			amountMinor: row.amount_minor,
			currency: row.currency,
			actor: 'review',
		};
		await raise(deps, tx, practice, [
			workEvent(deps, practice, work, row.escalation_ref, { owner: row.owner ?? '', dueAt: row.due_at?.getTime() ?? deps.now(), route: row.route }, 'overdue'),
		]);
	}
}

const plainTitle = (reason: EscalationReason, amountMinor: number, currency: string): string =>
	`${ESCALATION_REASONS[reason]}${amountMinor > 0 ? `: ${formatMoney(amountMinor, currency)}` : ''}`;

/** Work that somebody asked for, whose title somebody may have written. */
const isAsked = (cause: string): boolean => cause.startsWith('escalate:');

/** A title as those may read it who may not see whom it is about. */
export const titleWithoutNames = (work: { cause: string; reason: string; title: string; amount_minor: number; currency: string }): string =>
	isAsked(work.cause) ? plainTitle(work.reason as EscalationReason, work.amount_minor, work.currency) : work.title;

export const escalate =
	(deps: Deps, caller: Caller): Service['escalate'] =>
	async (input) => {
		const answer = await once(deps, caller, 'escalate', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId);
			const ref = input.account_ref || input.your_reference ? await findRef(tx, caller, input) : undefined;
			const account = ref ? await loadAccount(tx, practice, ref, deps.now()) : undefined;
			if (input.amount !== undefined && toMinor(input.amount, practice.currency) === undefined)
				throw invalidField('amount', `"amount" has more decimals than ${practice.currency} has.`);
			const amountMinor =
				input.amount === undefined
					? (account?.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) ?? 0)
					: (toMinor(input.amount, practice.currency) ?? 0);
			if (input.because_of && !(await isEvent(tx, caller, input.because_of)))
				throw invalidField('because_of', '"because_of" is not an event of this practice. Map the event code of the trigger, or leave it empty.');
			const cause = ['escalate', input.reason, ref ?? 'practice', input.because_of ?? '', input.invoice ?? ''].join(':');
			const opened = await openWork(deps, tx, practice, {
				cause,
				test: caller.test,
				reason: input.reason,
				severity: input.severity ?? 'normal',
				title: plainTitle(input.reason, amountMinor, practice.currency),
				...(input.title ? { ownTitle: input.title } : {}),
				...(input.text ? { note: input.text } : {}),
				...(account ? { accountRef: account.row.account_ref, yourReference: account.row.your_reference, location: account.row.location } : {}),
				amountMinor,
				...(input.route ? { route: input.route } : {}),
				...(input.owner ? { owner: input.owner } : {}),
				...(input.due_date ? { dueDate: input.due_date } : {}),
				actor: actorOf(caller),
				causedBy: causeOf(caller, input.because_of),
			});
			const status: 'opened' | 'already_open' = opened.opened ? 'opened' : 'already_open';
			return {
				escalation_ref: opened.ref,
				status,
				owner: opened.owner,
				due_at: opened.dueAt ? localIso(opened.dueAt, practice.zone) : '',
				delivered_to: await routeLabel(tx, practice, opened.route),
				link: ref ? accountLink(deps, ref) : deps.config.publicUrl,
			};
		});
		return { ...answer, duplicate: answer.duplicate || answer.status === 'already_open' };
	};

const isEvent = async (tx: Tx, caller: Caller, id: string): Promise<boolean> =>
	(await tx
		.selectFrom('event')
		.select('event_id')
		.where('practice_id', '=', caller.practiceId)
		.where('test', '=', caller.test)
		.where('event_id', '=', id)
		.executeTakeFirst()) !== undefined;

async function routeLabel(tx: Tx, practice: Practice, route: string): Promise<string> {
	const row = await tx.selectFrom('route').select(['label', 'connection']).where('practice_id', '=', practice.id).where('route', '=', route).executeTakeFirst();
	return row?.connection ? row.label : '';
}

/** Puts an item into the connected tool. Retried by the queue while the tool cannot be reached; a refusal is kept on the item for staff. */
export async function deliverWork(deps: Deps, job: { practice_id: string; escalation_ref: string }): Promise<void> {
	const found = await deps.ledger.practice(job.practice_id, async (tx) => {
		const row = await tx
			.selectFrom('escalation')
			.innerJoin('route', (join) => join.onRef('route.practice_id', '=', 'escalation.practice_id').onRef('route.route', '=', 'escalation.route'))
			.select([
				'escalation.title',
				'escalation.reason',
				'escalation.severity',
				'escalation.account_ref',
				'escalation.amount_minor',
				'escalation.currency',
				'escalation.due_at',
				'escalation.external_id',
				'escalation.test',
				'route.connection',
				'route.target',
				'route.label',
			])
			.where('escalation.practice_id', '=', job.practice_id)
			.where('escalation.escalation_ref', '=', job.escalation_ref)
			.where('escalation.status', '=', 'open')
			.executeTakeFirst();
		if (!row?.connection || row.external_id) return undefined;
		return { row, connection: await openConnection(deps, tx, job.practice_id, row.connection) };
	});
	if (!found) return;
	const { row, connection } = found;
	const { provider } = connection;
	let done: { external_id: string; external_link: string | null } | undefined;
	let refused: string | undefined;
	if (!provider.work) refused = `${provider.label} cannot hold staff work`;
	// A test key's work stays in Dunwell: a staff channel is a real place.
	else if (row.test) refused = 'test work stays in Dunwell';
	else {
		try {
			const result = await provider.work.open(connection.http, connection.credentials, {
				reference: job.escalation_ref,
				title: row.title,
				text: [WHAT_TO_DO[row.reason as EscalationReason], row.amount_minor > 0 ? `Amount: ${formatMoney(row.amount_minor, row.currency)}` : '']
					.filter((line) => line !== '')
					.join('\n'),
				link: row.account_ref ? accountLink(deps, row.account_ref) : deps.config.publicUrl,
				severity: row.severity as Severity,
				...(row.due_at ? { dueDate: row.due_at.toISOString().slice(0, 10) } : {}),
				target: row.target,
			});
			done = { external_id: result.externalId, external_link: result.link ?? null };
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			// Nothing was done yet, so trying again is safe; after a lost answer it is not: a doubled task is better seen by staff than made.
			if ((error.kind === 'limited' || error.kind === 'unavailable') && !error.outcomeUnknown) throw error;
			refused = error.message;
		}
	}
	await deps.ledger.practice(job.practice_id, async (tx) => {
		await tx
			.updateTable('escalation')
			.set(done ? { ...done, delivered_to: row.label, delivery_error: null } : { delivery_error: refused ?? '' })
			.where('practice_id', '=', job.practice_id)
			.where('escalation_ref', '=', job.escalation_ref)
			.execute();
		await audit(tx, job.practice_id, [
			{
				at: iso(deps.now()),
				actor: `vendor:${provider.id}`,
				kind: done ? 'escalation_delivered' : 'escalation_not_delivered',
				subject: job.escalation_ref,
				body: done ?? { error: refused ?? '' },
			},
		]);
	});
}
