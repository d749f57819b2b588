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
import { card, raise } from './events.ts';
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

/** Opens work, or finds that its cause is open already. The item in a connected tool follows by itself. */
export async function openWork(deps: Deps, tx: Tx, practice: Practice, work: NewWork): Promise<{ ref: string; opened: boolean; owner: string; dueAt: number | undefined; route: string }> {
	const now = deps.now();
	const route = work.route ?? practice.policy.escalation.route;
	const routeRow = route === 'dunwell_only' ? undefined : await tx.selectFrom('route').selectAll().where('practice_id', '=', practice.id).where('route', '=', route).executeTakeFirst();
	if (route !== 'dunwell_only' && !routeRow && work.route) throw invalidField('route', `There is no route "${route}". Choose one of the list, or set it up first.`);
	const owner = work.owner ?? routeRow?.staff ?? '';
	const dueDay = work.dueDate ?? addBusinessDays(localDay(now, practice.zone), practice.policy.escalation.due_business_days, []);
	// Due at the end of that day, on the practice's clock.
	const dueAt = startOfDay(nextDay(dueDay), practice.zone) - 1000;
	const accounts = [...(work.accounts ?? (work.accountRef ? [work.accountRef] : []))];
	const { rows } = await sql<{ escalation_ref: string; opened: boolean; owner: string | null; due_at: Date | null; route: string }>`
		insert into escalation (practice_id, escalation_ref, cause, test, account_ref, reason, severity, title, note, amount_minor, currency, route, owner, status, due_at, opened_at, actor, accounts)
		values (${practice.id}, ${newRef('esc')}, ${work.cause}, ${work.test}, ${work.accountRef ?? null}, ${work.reason}, ${work.severity}, ${work.ownTitle ?? work.title}, ${work.note ?? null}, ${work.amountMinor ?? 0},
			${work.currency ?? practice.currency}, ${route}, ${owner === '' ? null : owner}, 'open', ${iso(dueAt)}, ${iso(now)}, ${work.actor}, ${accounts})
		on conflict (practice_id, test, cause) where status = 'open' do update set
			accounts = (select array(select distinct x from unnest(escalation.accounts || excluded.accounts) x order by x)),
			amount_minor = case when escalation.account_ref is null then escalation.amount_minor + case when escalation.accounts @> excluded.accounts then 0 else excluded.amount_minor end else escalation.amount_minor end
		returning escalation_ref, (xmax = 0) as opened, owner, due_at, route`.execute(tx);
	const row = rows[0];
	if (!row) throw new Failure('broken', 'The staff work could not be recorded.');
	const answer = { ref: row.escalation_ref, opened: row.opened, owner: row.owner ?? '', dueAt: row.due_at ? new Date(row.due_at).getTime() : undefined, route: row.route };
	if (!row.opened) return answer;
	await raiseWork(deps, tx, practice, work, row.escalation_ref, { owner, dueAt, route }, 'opened');
	if (routeRow?.connection) await deps.ledger.queue.add(tx, 'deliver', { practice_id: practice.id, escalation_ref: row.escalation_ref });
	await audit(tx, practice.id, [{ at: iso(now), actor: work.actor, kind: 'escalation_opened', subject: row.escalation_ref, body: { cause: work.cause, reason: work.reason, severity: work.severity, route, accounts }, ...(work.note ? { personal: { note: work.note } } : {}) }]);
	return answer;
}

const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

async function raiseWork(deps: Deps, tx: Tx, practice: Practice, work: NewWork, ref: string, at: { owner: string; dueAt: number; route: string }, change: 'opened' | 'overdue'): Promise<void> {
	const currency = work.currency ?? practice.currency;
	const dueText = localIso(at.dueAt, practice.zone);
	const link = work.accountRef ? accountLink(deps, work.accountRef) : deps.config.publicUrl;
	await raise(deps, tx, practice, [
		{
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
				card_json: card(work.title, { Reason: ESCALATION_REASONS[work.reason], Amount: work.amountMinor ? formatMoney(work.amountMinor, currency) : '', Owner: at.owner, Due: dueText.slice(0, 10) }, link),
			},
		},
	]);
}

/** Work whose due date passed tells so once. */
export async function raiseOverdueWork(deps: Deps, tx: Tx, practice: Practice): Promise<void> {
	const rows = await tx.selectFrom('escalation').selectAll().where('practice_id', '=', practice.id).where('status', '=', 'open').where('due_at', '<', new Date(deps.now())).limit(200).execute();
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
		await raiseWork(deps, tx, practice, work, row.escalation_ref, { owner: row.owner ?? '', dueAt: row.due_at?.getTime() ?? deps.now(), route: row.route }, 'overdue');
	}
}

const plainTitle = (reason: EscalationReason, amountMinor: number, currency: string): string => `${ESCALATION_REASONS[reason]}${amountMinor > 0 ? `: ${formatMoney(amountMinor, currency)}` : ''}`;

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
			if (input.amount !== undefined && toMinor(input.amount, practice.currency) === undefined) throw invalidField('amount', `"amount" has more decimals than ${practice.currency} has.`);
			const amountMinor = input.amount === undefined ? (account?.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) ?? 0) : (toMinor(input.amount, practice.currency) ?? 0);
			if (input.because_of && !(await isEvent(tx, caller, input.because_of))) throw invalidField('because_of', '"because_of" is not an event of this practice. Map the event code of the trigger, or leave it empty.');
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
	(await tx.selectFrom('event').select('event_id').where('practice_id', '=', caller.practiceId).where('test', '=', caller.test).where('event_id', '=', id).executeTakeFirst()) !== undefined;

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
			.select(['escalation.title', 'escalation.reason', 'escalation.severity', 'escalation.account_ref', 'escalation.amount_minor', 'escalation.currency', 'escalation.due_at', 'escalation.external_id', 'escalation.test', 'route.connection', 'route.target', 'route.label'])
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
				text: [WHAT_TO_DO[row.reason as EscalationReason], row.amount_minor > 0 ? `Amount: ${formatMoney(row.amount_minor, row.currency)}` : ''].filter((line) => line !== '').join('\n'),
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
		await audit(tx, job.practice_id, [{ at: iso(deps.now()), actor: `vendor:${provider.id}`, kind: done ? 'escalation_delivered' : 'escalation_not_delivered', subject: job.escalation_ref, body: done ?? { error: refused ?? '' } }]);
	});
}
