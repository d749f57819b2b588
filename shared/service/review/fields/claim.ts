/** Claim Denied. */
import type { Adjustment } from '../../../contracts/facts.ts';
import { formatMoney } from '../../../contracts/money.ts';
import { adjustmentReason, isPatientShare } from '../../../files/carc.ts';
import { card } from '../../events.ts';
import { accountLink } from '../../practice.ts';
import type { Told } from './told.ts';

export function claimDenied({ deps, account, event }: Told): Record<string, unknown> {
	const claim = account.row.claims.find((c) => c.claim_ref === event.claim);
	const lines = (claim?.lines ?? []).filter((line) => event.lines?.includes(line.line));
	const denials = unique(
		lines.flatMap((line) => line.adjustments.filter((a) => !isPatientShare(a.group, a.code) && adjustmentReason(a.group, a.code).class !== 'contractual')),
	);
	const codes = denials.map((a) => `${a.group}-${a.code}`);
	const categories = lines.map((line) => line.category ?? 'other');
	return {
		claim_ref: event.claim ?? '',
		payer: claim?.payer ?? '',
		category: categories[0] ?? 'other',
		codes_text: codes.join(', '),
		codes_explained_text: denials.map((a) => `${a.group}-${a.code}: ${adjustmentReason(a.group, a.code).label}`).join('\n'),
		lines_text: lines.map((line) => `${line.line}: ${formatMoney(line.chargeMinor, account.row.currency)}`).join('\n'),
		line_count: lines.length,
		line_total: claim?.lines.length ?? 0,
		what_to_do_text: [...new Set(denials.map((a) => adjustmentReason(a.group, a.code).next))].join('\n'),
		deadline_on: '',
		card_json: card(
			event.summary,
			{ Payer: claim?.payer ?? '', Amount: formatMoney(event.amountMinor, account.row.currency), Codes: codes.join(', ') },
			accountLink(deps, account.row.account_ref),
		),
	};
}

const unique = (adjustments: readonly Adjustment[]): Adjustment[] => [...new Map(adjustments.map((a) => [`${a.group}-${a.code}`, a])).values()];
