/**
 * Answers in the shape that the editor showed: the declared keys, all of them, and no other. A key that the service
 * adds later, or one that should not be here, does not reach a Zap.
 */
import type { OutputField } from './definition.ts';
import { isRecord } from './inputs.ts';

interface Shape {
	[key: string]: { kind: 'value' } | { kind: 'list' } | { kind: 'object' | 'rows'; shape: Shape };
}

export type Project = (answer: unknown) => Record<string, unknown>;

/** The shape is worked out at the first answer, so that loading the app costs nothing. */
export function projector(fields: readonly OutputField[]): Project {
	let shape: Shape | undefined;
	return (answer) => {
		shape ??= shapeOf(fields);
		return project(shape, answer);
	};
}

function shapeOf(fields: readonly OutputField[]): Shape {
	const root: Shape = {};
	for (const field of fields) {
		let at = root;
		let rest = field.key;
		for (let step = /^(.+?)(\[\]|__)(.+)$/.exec(rest); step; step = /^(.+?)(\[\]|__)(.+)$/.exec(rest)) {
			const [, name = '', mark, after = ''] = step;
			const kind = mark === '[]' ? 'rows' : 'object';
			const next: Shape = 'shape' in (at[name] ?? {}) ? (at[name] as { shape: Shape }).shape : {};
			at[name] = { kind, shape: next };
			at = next;
			rest = after;
		}
		at[rest] = { kind: field.list ? 'list' : 'value' };
	}
	return root;
}

/** What is missing is null, or an empty list: a mapped field never vanishes from a Zap. */
function project(shape: Shape, answer: unknown): Record<string, unknown> {
	const given = isRecord(answer) ? answer : {};
	const out: Record<string, unknown> = {};
	for (const [key, part] of Object.entries(shape)) {
		const value = given[key];
		if (part.kind === 'value') out[key] = value ?? null;
		else if (part.kind === 'object') out[key] = project(part.shape, value);
		else if (part.kind === 'list') out[key] = Array.isArray(value) ? value : [];
		else out[key] = Array.isArray(value) ? value.map((item) => project(part.shape, item)) : [];
	}
	return out;
}
