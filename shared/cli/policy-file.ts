/** A policy as people keep it in a file: read, brought to today's version, and checked as the service would check it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { canonical } from '../contracts/canonical.ts';
import { Failure, type FieldError } from '../contracts/failure.ts';
import { type Policy, policySchema } from '../contracts/policy.ts';
import { addedByUpgrade, upgradePolicy } from '../contracts/policy-upgrade.ts';
import { type PropertySchema, plain } from '../contracts/schema.ts';
import { errorsOf } from '../contracts/validate.ts';
import { type CompiledPolicy, compilePolicy } from '../rules/index.ts';

export interface CheckedPolicy {
	policy: Policy;
	/** As the service computes it, and as messages name the version that decided them. */
	hash: string;
	compiled: CompiledPolicy;
	/** What the upgrade added; empty for a policy of today's version. */
	added: string[];
}

/** `-` is standard input. @throws Failure with code `usage` when the file cannot be read, `invalid` when it holds no JSON */
export function readJson(file: string): unknown {
	let text: string;
	try {
		text = readFileSync(file === '-' ? 0 : file, 'utf8');
	} catch (error) {
		throw new Failure('invalid', `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`, { code: 'usage' });
	}
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new Failure('invalid', `${file} is not JSON${placeOf(text, error)}. Correct it there; an editor shows what is missing.`, { code: 'not_json' });
	}
}

/** Where the parser stopped, as people count: from 1. */
function placeOf(text: string, error: unknown): string {
	const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
	if (position === undefined) return text.trim() === '' ? ': it is empty' : ': it ends too early';
	const before = text.slice(0, Number(position)).split('\n');
	return `: line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** @throws Failure `invalid` whose fields say each part that is wrong and how to mend it */
export function checkPolicy(value: unknown): CheckedPolicy {
	const upgraded = upgradePolicy(value);
	const faults = errorsOf(policySchema, upgraded);
	if (faults.length > 0) throw new Failure('invalid', 'The policy has parts to correct.', { code: 'policy_invalid', fields: faults.map(inPolicyWords) });
	const policy = upgraded as Policy;
	const hash = createHash('sha256').update(canonical(policy)).digest('hex');
	return { policy, hash, compiled: compilePolicy(policy, hash), added: addedByUpgrade(value) };
}

/** The sentences are those of the API; here they speak of a file, and a misspelt name is guessed. */
function inPolicyWords({ field, message }: FieldError): FieldError {
	if (!message.includes('is not a field of this operation')) return { field, message: message.replace('"(body)"', 'The policy') };
	const meant = nearest(field);
	return { field, message: `"${field}" is not part of a policy. ${meant === undefined ? 'Remove it.' : `Did you mean "${meant}"?`}` };
}

function nearest(field: string): string | undefined {
	const path = field.split('.');
	const name = path.pop() ?? '';
	const known = Object.keys(propertiesAt(path) ?? {}).map((word) => ({ word, far: distance(word, name) }));
	const best = known.sort((a, b) => a.far - b.far)[0];
	return best !== undefined && best.far <= Math.max(2, Math.floor(name.length / 3)) ? [...path, best.word].join('.') : undefined;
}

function propertiesAt(path: readonly string[]): Record<string, PropertySchema> | undefined {
	let at: PropertySchema | undefined = plain(policySchema);
	for (const name of path) at = /^\d+$/.test(name) ? at?.items : at?.properties?.[name];
	return at?.properties;
}

/** Letters to change, add or leave out until one word is the other. */
function distance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (const [i, letter] of [...a].entries()) {
		const next = [i + 1];
		for (let j = 1; j <= b.length; j += 1) next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)));
		row = next;
	}
	return row[b.length] ?? 0;
}
