/** Escalation Raised, as subscribers hear it. */
import { formatMoney } from '../../contracts/money.ts';
import { ESCALATION_REASONS } from '../../operations/fields.ts';
import { card, type NewEvent } from '../events.ts';
import { accountLink, localIso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type EscalationReason, type Severity, WHAT_TO_DO } from './words.ts';

/** An item of work as an event shows it. */
export interface WorkView {
	ref: string;
	test: boolean;
	reason: EscalationReason;
	severity: Severity;
	/** Without names. */
	title: string;
	accountRef?: string | undefined;
	yourReference?: string | undefined;
	location?: string | undefined;
	amountMinor: number;
	currency: string;
	owner: string;
	/** Milliseconds. */
	dueAt: number | undefined;
	route: string;
	/** The connected tool that holds it. */
	deliveredTo: string;
}

export interface WorkChange {
	change: 'opened' | 'moved_up' | 'overdue';
	/** Which occurrence of it: the same one is told once. */
	occurrence: string;
	/** What is different now, for people; empty for work that is new. */
	changes: readonly string[];
	actor: string;
	causedBy?: string | undefined;
}

const SUMMARY = {
	opened: 'Staff work opened',
	moved_up: 'Staff work moved up',
	overdue: 'Staff work missed its due date',
} as const;

export function workEvent(deps: Deps, practice: Practice, work: WorkView, { change, occurrence, changes, actor, causedBy }: WorkChange): NewEvent {
	const due = work.dueAt === undefined ? '' : localIso(work.dueAt, practice.zone);
	const reason = ESCALATION_REASONS[work.reason];
	return {
		type: 'escalation_raised',
		key: `escalation:${work.ref}:${occurrence}`,
		test: work.test,
		...(work.accountRef ? { accountRef: work.accountRef } : {}),
		...(work.yourReference ? { yourReference: work.yourReference } : {}),
		...(work.location ? { location: work.location } : {}),
		currency: work.currency,
		amountMinor: work.amountMinor,
		raisedBy: actor,
		...(causedBy ? { causedBy } : {}),
		summary: `${SUMMARY[change]}: ${work.title}.`,
		reasons: [reason, ...changes],
		fields: {
			escalation_ref: work.ref,
			change,
			what_changed_text: changes.join('\n'),
			reason: work.reason,
			severity: work.severity,
			title: work.title,
			what_to_do_text: WHAT_TO_DO[work.reason],
			owner: work.owner,
			due_at: due,
			route: work.route,
			delivered_to: work.deliveredTo,
			card_json: card(
				work.title,
				{
					Reason: reason,
					Amount: work.amountMinor ? formatMoney(work.amountMinor, work.currency) : '',
					Changed: changes.join(' '),
					Owner: work.owner,
					Due: due.slice(0, 10),
				},
				work.accountRef ? accountLink(deps, work.accountRef) : deps.config.publicUrl,
			),
		},
	};
}
