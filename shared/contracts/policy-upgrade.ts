/** Policies written for an older format of this product, brought to today's without changing what they decide. */
import { DEFAULT_POLICY } from './default-policy.ts';

type Document = Record<string, unknown>;
const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What version 1 did not know. Where the default would begin something that such a practice never asked for (events
 * at a threshold, staff work that moves up by itself), the upgrade leaves it off; the rest only speaks of facts that
 * version 1 could not hold. `role` is left out: version 1 had it, and nobody may guess which laws bind.
 */
function addedSince1(): Document {
	const { version: _version, role: _role, escalation: _escalation, ...parts } = DEFAULT_POLICY;
	return { ...parts, threshold: { ...parts.threshold, amount: 0 } };
}

const from1 = ({ version: _, escalation, ...kept }: Document): Document => ({
	...addedSince1(),
	...kept,
	version: DEFAULT_POLICY.version,
	...(escalation === undefined ? {} : { escalation: isDocument(escalation) ? { rungs: [], ladders: [], ...escalation } : escalation }),
});

/** Of any older version the newest; anything else as it is, for the schema to refuse by name. Idempotent. */
export function upgradePolicy(value: unknown): unknown {
	if (!isDocument(value)) return value;
	// `$schema` tells an editor where the format is described; it decides nothing.
	const { $schema: _, ...policy } = value;
	return policy['version'] === 1 ? from1(policy) : policy;
}

/** Dotted paths of the parts that the upgrade adds to a policy of an older version; empty when it is of the newest. */
export function addedByUpgrade(value: unknown): string[] {
	const upgraded = upgradePolicy(value);
	return isDocument(value) && isDocument(upgraded) && value['version'] !== upgraded['version'] ? added(value, upgraded, '') : [];
}

const added = (before: Document, after: Document, at: string): string[] =>
	Object.entries(after).flatMap(([name, value]) => {
		const known = before[name];
		if (known === undefined) return [`${at}${name}`];
		return isDocument(known) && isDocument(value) ? added(known, value, `${at}${name}.`) : [];
	});
