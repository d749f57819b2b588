/** Policies written for an older format of this product, brought to today's without changing what they decide. */
import { DEFAULT_POLICY } from './default-policy.ts';

type Document = Record<string, unknown>;
const isDocument = (value: unknown): value is Document => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Version 1 knew none of these parts: what it did without them is what the default does. */
const from1 = (policy: Document): Document => {
	const { version: _, escalation, ...kept } = policy;
	const { version, role: _role, escalation: usual, ...parts } = DEFAULT_POLICY;
	return { ...parts, ...kept, version, ...(escalation === undefined ? {} : { escalation: isDocument(escalation) ? { ...usual, ...escalation } : escalation }) };
};

/** Of any older version the newest; anything else as it is, for the schema to refuse by name. Idempotent. */
export const upgradePolicy = (value: unknown): unknown => (isDocument(value) && value['version'] === 1 ? from1(value) : value);
