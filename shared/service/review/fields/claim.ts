/** Claim Denied. */
import type { Adjustment } from '../../../contracts/facts.ts';
import { formatMoney } from '../../../contracts/money.ts';
import { denialQueue } from '../../../rules/denials/categories.ts';
import { adjustmentReason, isPatientShare } from '../../../rules/denials/reasons.ts';
import type { ClaimRow } from '../../claims/facts.ts';
import type { StoredLine } from '../../claims/lines.ts';
import { card } from '../../events.ts';
import { accountLink } from '../../practice.ts';
import type { Told } from './told.ts';

export function claimDenied({ deps, account, event }: Told): Record<string, unknown> {
	const { currency } = account.row;
	const claim = account.row.claims.find((c) => c.claim_ref === event.claim);
	const refusal = claim && event.stage === 'rejected' ? rejectionOf(claim) : denialOf((claim?.lines ?? []).filter((line) => event.lines?.includes(line.line)));
	const deadline = claim?.deadline_on && claim.deadline_rule ? { on: claim.deadline_on, rule: claim.deadline_rule } : { on: '', rule: '' };
	return {
		claim_ref: event.claim ?? '',
		payer: claim?.payer ?? '',
		category: refusal.category,
		codes_text: refusal.codes.map(({ code }) => code).join(', '),
		codes_explained_text: refusal.codes.map(({ code, text }) => `${code}: ${text}`).join('\n'),
		lines_text: refusal.lines
			.map((line) => `${line.line}: ${formatMoney(line.chargeMinor, currency)}`)
			.join('\n')
			.slice(0, 8000),
		line_count: refusal.lines.length,
		line_total: claim?.lines.length ?? 0,
		what_to_do_text: refusal.next.join('\n'),
		deadline_on: deadline.on,
		deadline_rule: deadline.rule,
		is_digest: false,
		claim_count: 1,
		card_json: card(
			event.summary,
			{
				Payer: claim?.payer ?? '',
				Amount: formatMoney(event.amountMinor, currency),
				Codes: refusal.codes.map(({ code }) => code).join(', '),
				Deadline: deadline.on,
			},
			accountLink(deps, account.row.account_ref),
		),
	};
}

interface Refusal {
	category: string;
	codes: { code: string; text: string }[];
	next: string[];
	lines: readonly StoredLine[];
}

function denialOf(lines: readonly StoredLine[]): Refusal {
	const reasons = distinct(lines.flatMap((line) => line.adjustments)).map(({ group, code }) => adjustmentReason(group, code));
	const denials = reasons.filter(({ group, code, class: kind }) => !isPatientShare(group, code) && kind !== 'contractual' && kind !== 'reporting');
	const category = lines[0]?.category ?? 'unclassified';
	return {
		category,
		codes: denials.map(({ group, code, label }) => ({ code: `${group}-${code}`, text: label })),
		next: denials.length > 0 ? [...new Set(denials.map(({ next }) => next))] : [denialQueue(category).next],
		lines,
	};
}

/** Rejected before it was decided: the claim as a whole, for the reasons that each sender gave. */
function rejectionOf({ words, lines }: ClaimRow): Refusal {
	const rejections = (words ?? []).filter(({ outcome }) => outcome === 'rejected');
	return {
		category: 'fix_resubmit',
		codes: rejections.map(({ category, status_code, text }) => ({ code: [category, status_code].filter((part) => part !== '').join(':'), text })),
		next: [denialQueue('fix_resubmit').next],
		lines,
	};
}

const distinct = (adjustments: readonly Adjustment[]): Adjustment[] => [...new Map(adjustments.map((a) => [`${a.group}-${a.code}`, a])).values()];
