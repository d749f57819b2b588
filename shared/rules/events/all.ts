/** What has happened, whether or not anybody may be contacted about it: fact is not permission. */
import type { Scene } from '../scene.ts';
import type { RaisedEvent } from '../types.ts';
import { appointmentBalance, appointmentsDue } from './appointment.ts';
import { claimsDenied } from './claims.ts';
import { accountFlagged, flagsStanding } from './flags.ts';
import { balanceOverdue } from './overdue.ts';
import { balancePaid } from './paid.ts';
import { failuresStanding, paymentsDisputed, paymentsFailed } from './payments.ts';
import { arrangementEvents } from './plans.ts';
import { rulesMatched, rulesStanding } from './rules.ts';
import { overThreshold, thresholdsAbove } from './threshold.ts';

export interface Raised {
	events: RaisedEvent[];
	/** Invoice → the milestone now raised. */
	raised: Record<string, number>;
	above: number[];
	matched: string[];
}

export function raise(scene: Scene): Raised {
	const raised: Record<string, number> = {};
	const [above, matched]: [number[], string[]] = [[], []];
	const events = [
		...balanceOverdue(scene, raised),
		...overThreshold(scene, above),
		...appointmentBalance(scene),
		...paymentsFailed(scene),
		...paymentsDisputed(scene),
		...arrangementEvents(scene),
		...rulesMatched(scene, matched),
		...accountFlagged(scene),
		...claimsDenied(scene),
		...balancePaid(scene),
	];
	return { events, raised, above, matched };
}

/** What a message could answer and still stands, raised now, before or never. */
export const standing = (scene: Scene): RaisedEvent[] => [
	...thresholdsAbove(scene),
	...appointmentsDue(scene),
	...failuresStanding(scene),
	...arrangementEvents(scene, true),
	...rulesStanding(scene),
	...flagsStanding(scene),
];
