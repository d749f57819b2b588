/** Escalation Raised, as subscribers hear it. */
import { formatMoney } from '../../contracts/money.ts';
import { ESCALATION_REASONS } from '../../operations/fields.ts';
import { card, type NewEvent } from '../events.ts';
import { accountLink, localIso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type NewWork, WHAT_TO_DO } from './words.ts';

export function workEvent(
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
