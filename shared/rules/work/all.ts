/** Staff work that a review finds. Each item names its cause: the service keeps one open for each. */
import type { Scene } from '../scene.ts';
import type { RaisedEvent, Reason, StaffWork } from '../types.ts';
import { claimWork } from './claims.ts';
import { creditWork } from './credits.ts';
import { byCause, ladderWork } from './ladders.ts';
import { peopleWork } from './people.ts';
import { unknownFacts, unpaidWork } from './unpaid.ts';

/** `absolute`: a hold on the whole account, under which nobody asks for money or for facts about it. */
export function workOf(scene: Scene, absolute: boolean, blocked: readonly Reason[], events: readonly RaisedEvent[]): StaffWork[] {
	const unpaid = unpaidWork(scene, absolute);
	const ladders = scene.plan.policy.escalation.ladders.length === 0 ? [] : ladderWork(scene, absolute).sort(byCause);
	return [...(absolute ? [] : unknownFacts(scene, blocked)), ...unpaid, ...ladders, ...peopleWork(scene, events), ...claimWork(scene), ...creditWork(scene)];
}
