/** The last day to act on a claim. */
import { type Deadline, denialDeadlines } from '../../rules/denials/deadline.ts';
import { isUnprocessable } from '../../rules/denials/remarks.ts';
import type { Practice } from '../practice.ts';
import { OPEN_DENIAL, type StoredLine } from './lines.ts';

export interface Denied {
	payer: string;
	lines: readonly StoredLine[];
	serviceFrom: string | null;
	/** Day of the remittance or acknowledgement, YYYY-MM-DD. */
	remittedOn: string;
	/** Rejected before adjudication: the whole claim is to be filed again. */
	rejected?: boolean;
}

/** The nearest of the open lines' deadlines, by the practice's rule for the payer; without a rule none is shown. */
export function deadlineOf({ policy }: Pick<Practice, 'policy'>, { payer, lines, serviceFrom, remittedOn, rejected }: Denied): Deadline | undefined {
	const dates = { payer, remittedOn, ...(serviceFrom === null ? {} : { serviceOn: serviceFrom }) };
	const causes = rejected
		? [{ category: 'fix_resubmit', unprocessable: true }]
		: lines
				.filter((line) => OPEN_DENIAL.includes(line.state))
				.map((line) => ({ category: line.category ?? 'unclassified', unprocessable: isUnprocessable(line.remarks) }));
	return causes
		.flatMap((cause) => denialDeadlines(policy.claims.payers, { ...dates, ...cause }).next ?? [])
		.reduce<Deadline | undefined>((nearest, one) => (nearest && nearest.on <= one.on ? nearest : one), undefined);
}
