/** An account's row as it was at an instant, so that the same code makes facts of it as of any other. */
import type { EventType, LineState } from '../../contracts/words.ts';
import { clockMinutes, daysBetween, localDay, startOfDay } from '../../rules/index.ts';
import type { PaymentRow, RelativeRow } from '../accounts/rows.ts';
import type { AccountRow, InvoiceRow } from '../accounts.ts';
import { isResting } from '../arrangements/rest.ts';
import type { Practice } from '../practice.ts';
import { amountsAt } from './amounts.ts';
import { consentsAt } from './consents.ts';
import type { Past } from './past.ts';

const DAY_MS = 86_400_000;
const ms = (text: string | null): number => (text === null ? Number.POSITIVE_INFINITY : Date.parse(text));
const iso = (at: number): string => new Date(at).toISOString();
/** It had begun, and had not ended yet. */
const stood = (at: number, began: string, ended: string | null): boolean => ms(began) <= at && ms(ended) > at;

/** `now` is the row as it is read today. */
export function rowAt(practice: Practice, now: AccountRow, past: Past, at: number): AccountRow {
	const invoices = invoicesAt(practice, past, at);
	const replies = past.entries.filter((entry) => entry.kind === 'reply_received' && entry.at <= at);
	const payments = paymentsAt(past, at);
	const paid = payments.filter((payment) => payment.status === 'succeeded').map((payment) => ms(payment.at));
	const open = past.work.filter((work) => stood(at, work.opened_at, work.resolved_at));
	const settles = ms(now.settles_at);
	const holds = past.holds.filter((hold) => stood(at, hold.since, hold.released_at));
	return {
		...now,
		invoices,
		owed_minor: Math.max(
			0,
			invoices.reduce((sum, invoice) => sum + invoice.amount_minor, 0),
		),
		last_payment_at: paid.length === 0 ? null : iso(Math.max(...paid)),
		last_reply_at: replies.length === 0 ? null : iso(replies.at(-1)?.at ?? 0),
		settles_at: settles > at && settles - practice.policy.settle_minutes * 60_000 <= at ? now.settles_at : null,
		of_first_import: false,
		holds: holds.map(({ hold_ref, scope, target, reason, since, until }) => ({ hold_ref, scope, target, reason, since, until })),
		contacts: past.contacts.map((contact) => ({ ...contact, valid: contact.valid || ms(contact.updated_at) > at })),
		consents: consentsAt(now.consents, past.entries, at),
		relative: relativeAt(now.relative, at),
		history: past.sent.filter((sent) => ms(sent.at) <= at && ms(sent.at) >= at - 30 * DAY_MS),
		payments,
		claims: claimsAt(now, past, at),
		appointments: past.appointments
			.filter((visit) => ms(visit.completed_at) <= at)
			.map((visit) => ({ ...visit, raised: raisedAt(past, visit.appointment_ref, at) })),
		arrangements: past.arrangements.filter((one) => ms(one.created_at) <= at).flatMap((one) => arrangementAt(now, one, at)),
		flags: past.flags.filter((flag) => stood(at, flag.at, flag.cleared_at)).map((flag) => ({ ...flag, raised: raisedAt(past, flag.flag_ref, at) })),
		disputes: past.disputes
			.filter((dispute) => stood(at, dispute.at, dispute.resolved_at))
			.map((dispute) => ({ ...dispute, acknowledged: ms(dispute.acknowledged_at) <= at, raised: raisedAt(past, dispute.dispute_ref, at) })),
		cycles: now.cycles.filter((cycle) => cycle.closed_on <= localDay(at, practice.zone)),
		pending: pendingAt(practice, past, at),
		ladders: open.flatMap((work) => work.ladder ?? []),
		work_open: open.some((work) => work.reason === 'unpaid_after_reminders'),
	};
}

/** Of an authorisation only the last is known, with its own instants; of a consent that was replaced, nothing. */
const relativeAt = (relative: RelativeRow | null, at: number): RelativeRow | null =>
	relative && {
		...relative,
		revoked_at: ms(relative.revoked_at) <= at ? relative.revoked_at : null,
		consents: relative.consents.filter((consent) => ms(consent.at) <= at),
	};

/** An event's key names what it is about. */
const raisedAt = ({ events }: Past, ref: string, at: number): boolean => events.some((event) => ms(event.at) <= at && event.key.includes(ref));

function invoicesAt(practice: Practice, past: Past, at: number): InvoiceRow[] {
	const amounts = amountsAt(past, at);
	return past.invoices
		.filter((invoice) => ms(invoice.created_at) <= at)
		.map((invoice) => {
			const again = invoice.again_since !== null && ms(invoice.again_since) <= at;
			const since = again ? ms(invoice.again_since) : 0;
			return {
				...invoice,
				amount_minor: amounts.get(invoice.invoice_ref) ?? 0,
				as_of: iso(Math.min(ms(invoice.as_of), at)),
				raised_days: highest(raisedSteps(past, invoice, since), invoice.raised_days, at),
				reminded_days: highest(remindedSteps(past, invoice, since), invoice.reminded_days, at),
				paused_days: Math.max(0, invoice.paused_days - pausedAfter(practice, past, invoice, at)),
				again_since: again ? invoice.again_since : null,
				insurance_since: ms(invoice.insurance_since) <= at ? invoice.insurance_since : null,
				returned_at: ms(invoice.returned_at) <= at ? invoice.returned_at : null,
				status_raised: invoice.status_raised && raisedAt(past, invoice.invoice_ref, at),
			};
		});
}

interface Position {
	at: number;
	days: number;
}

const raisedSteps = ({ events }: Past, { invoice_ref: ref }: InvoiceRow, since: number): Position[] =>
	events
		.filter((event) => event.type === 'balance_overdue' && ms(event.at) >= since && (event.key.includes(ref) || event.invoices.split(', ').includes(ref)))
		.map((event) => ({ at: ms(event.at), days: event.days ?? 0 }));

const remindedSteps = ({ sent }: Past, { invoice_ref: ref }: InvoiceRow, since: number): Position[] =>
	sent.filter((one) => ms(one.at) >= since && one.covers.includes(ref)).map((one) => ({ at: ms(one.at), days: one.step_days }));

/** A position that no event and no message explains is where a first import began. */
function highest(steps: readonly Position[], current: number, at: number): number {
	const explained = Math.max(0, ...steps.map((step) => step.days));
	const before = Math.max(0, ...steps.filter((step) => step.at <= at).map((step) => Math.min(step.days, current)));
	return explained >= current ? before : Math.max(before, steps.length === 0 ? current : 0);
}

/** Days of holds, plans and promises that ended later were not counted yet. */
function pausedAfter({ zone }: Practice, { holds, arrangements }: Past, invoice: InvoiceRow, at: number): number {
	const anchor = invoice.first_notice_date ?? invoice.due_date ?? '';
	const days = new Set<number>();
	const add = (since: string, until: string): void => {
		const began = localDay(ms(since), zone);
		const from = began > anchor ? began : anchor;
		for (let day = 0; day < daysBetween(from, localDay(ms(until), zone)); day += 1) days.add(daysBetween('1970-01-01', from) + day);
	};
	for (const hold of holds) {
		if (hold.released_at === null || ms(hold.released_at) <= at || (hold.scope === 'invoice' && hold.target !== invoice.invoice_ref)) continue;
		add(hold.since, hold.released_at);
	}
	for (const one of arrangements) {
		if (one.resting_since === null || isResting(one.kind, one.status) || ms(one.updated_at) <= at) continue;
		if (one.covers.length === 0 || one.covers.includes(invoice.invoice_ref)) add(one.resting_since, one.updated_at);
	}
	return days.size;
}

function paymentsAt({ payments, entries, events }: Past, at: number): PaymentRow[] {
	return payments.flatMap((payment) => {
		const own = entries.filter((entry) => entry.kind === 'payment_recorded' && entry.body.payment_ref === payment.payment_ref);
		const last = own.filter((entry) => entry.at <= at).at(-1);
		if (own.length > 0 && last === undefined) return [];
		if (own.length === 0 && ms(payment.at) > at) return [];
		const raised = events.some((event) => ms(event.at) <= at && event.key.includes(payment.payment_ref));
		const row = { ...payment, raised: payment.raised && raised };
		return last === undefined ? [row] : [{ ...row, status: last.body.status, amount_minor: Number(last.body.amount_minor), code: last.body.code ?? null }];
	});
}

/** Lines stand where the last answer before the instant, and what staff did since, had put them. */
function claimsAt(now: AccountRow, { entries, events }: Past, at: number): AccountRow['claims'] {
	return now.claims.flatMap((claim) => {
		const own = entries.filter((entry) => entry.body.claim_ref === claim.claim_ref);
		const before = own.filter((entry) => entry.at <= at);
		if (own.length > 0 && before.length === 0) return [];
		const states = new Map<number, LineState>();
		for (const { kind, body } of before) {
			if (kind === 'claim_recorded') for (const [index, state] of (body.states ?? []).entries()) states.set(claim.lines[index]?.line ?? index + 1, state);
			else for (const moved of body.lines ?? []) states.set(moved.line, moved.to);
		}
		const raised = events.some((event) => ms(event.at) <= at && event.key.includes(claim.claim_ref));
		return [
			{ ...claim, lines: claim.lines.map((line) => ({ ...line, state: states.get(line.line) ?? line.state })), raised_lines: raised ? claim.raised_lines : [] },
		];
	});
}

/** A broken plan is not over: it waits for staff. */
const OVER: ReadonlySet<string> = new Set(['plan completed', 'plan cancelled', 'promise kept', 'promise partial', 'promise broken', 'promise cancelled']);

/** What is over by now was still going then; what was paid on it is what is known now. */
function arrangementAt(now: AccountRow, one: Past['arrangements'][number], at: number): AccountRow['arrangements'] {
	const current = now.arrangements.find((known) => known.arrangement_ref === one.arrangement_ref);
	if (ms(one.updated_at) <= at) return current === undefined ? [] : [current];
	const row = current ?? one;
	return [OVER.has(`${row.kind} ${row.status}`) ? { ...row, status: row.kind === 'plan' ? 'active' : 'open' } : row];
}

/** As the accounts are read: today's, and what was raised the evening before when no message could go out any more. */
function pendingAt(practice: Practice, { events }: Past, at: number): AccountRow['pending'] {
	const since = startOfDay(localDay(at, practice.zone), practice.zone) - (DAY_MS - clockMinutes(practice.policy.hours.end) * 60_000);
	return events
		.filter((event) => TELLABLE.has(event.type) && ms(event.at) >= since && ms(event.at) <= at && ms(event.answered_at) > at)
		.map(({ key, type, at: when, days }) => ({ key, type: type as EventType, at: when, days }));
}

const TELLABLE: ReadonlySet<string> = new Set([
	'balance_overdue',
	'balance_over_threshold',
	'appointment_balance_due',
	'payment_failed',
	'payment_disputed',
	'payment_plan_due',
	'rule_matched',
	'account_flagged',
]);
