/** Staff, or a connected tool, flagged the account: for a reminder or for a look. */
import { leaf } from '../leaves.ts';
import { byRef, type Scene } from '../scene.ts';
import type { FlagFacts, Leaf, RaisedEvent } from '../types.ts';

export function accountFlagged(scene: Scene): RaisedEvent[] {
	const { flags } = scene.facts;
	if (flags === undefined) return [];
	return byRef(flags).flatMap((flag) => {
		const leaves: Leaf[] = [];
		const fire = leaf(leaves, 'raised', '=', false, flag.raised) === true;
		scene.trace.push({
			rule: 'account_flagged',
			outcome: fire ? 'fire' : 'skip',
			subject: flag.ref,
			text: fire ? summaryOf(flag) : 'It was told already.',
			leaves,
		});
		return fire ? [flagEvent(scene, flag)] : [];
	});
}

/** Flags that stand, told already or not. */
export const flagsStanding = (scene: Scene): RaisedEvent[] => byRef(scene.facts.flags ?? []).map((flag) => flagEvent(scene, flag));

const summaryOf = ({ purpose, priority }: FlagFacts): string =>
	`The account is flagged ${purpose === 'reminder' ? 'for a reminder' : 'for review'}, ${priority} priority.`;

function flagEvent({ facts, owedMinor, views }: Scene, flag: FlagFacts): RaisedEvent {
	return {
		type: 'account_flagged',
		key: `account_flagged:${facts.ref}:${flag.ref}`,
		amountMinor: owedMinor,
		invoices: views.filter((view) => view.owedMinor > 0).map((view) => view.facts.ref),
		flag: flag.ref,
		stage: flag.purpose,
		summary: summaryOf(flag),
		reasons: [summaryOf(flag)],
	};
}
