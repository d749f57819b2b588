/** Reason codes as people write them: CO-197. */
import type { Adjustment } from '../../contracts/facts.ts';
import { denialCategory } from '../../rules/denials/lines.ts';

/** `text` has the form the operation asks for. A code that is not in our table is `unclassified`. */
export function codeOf(text: string): { group: Adjustment['group']; code: string; category: string } {
	const [group = '', code = ''] = text.split('-');
	return { group: group as Adjustment['group'], code, category: denialCategory(group as Adjustment['group'], code, []) };
}
