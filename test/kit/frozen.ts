/**
 * What users' flows hold on to: keys of operations, of inputs (and whether they are required) and of outputs.
 * Zapier refuses to promote a version that takes one of them away; Power Automate breaks the flow at run time.
 */
import type { Operation } from '../../shared/contracts/operation.ts';
import { inputsOf, outputsOf, type Property } from './operation-contract.ts';

export interface FrozenProperty {
	type: string;
	required?: true;
	/** Values of a choice. */
	values?: string[];
}

export interface FrozenOperation {
	kind: string;
	surfaces: string[];
	/** Method and path; absent for a trigger. */
	call?: string;
	input: Record<string, FrozenProperty>;
	output: Record<string, FrozenProperty>;
}

export type Frozen = Record<string, FrozenOperation>;

const frozenProperties = (properties: Property[], withRequired: boolean): Record<string, FrozenProperty> =>
	Object.fromEntries(
		properties.map(({ path, schema, required }) => [
			path,
			{ type: schema.type, ...(withRequired && required ? { required } : {}), ...(schema.enum ? { values: schema.enum } : {}) },
		]),
	);

/** The catalogue as it would be frozen today. */
export const freeze = (catalogue: readonly Operation[]): Frozen =>
	Object.fromEntries(
		catalogue.map((operation) => [
			operation.key,
			{
				kind: operation.kind,
				surfaces: [...operation.surfaces],
				...(operation.kind === 'trigger' ? {} : { call: `${operation.method} ${operation.path}` }),
				input: frozenProperties(inputsOf(operation), true),
				output: frozenProperties(outputsOf(operation), false),
			},
		]),
	);

/** What of `before` a user would miss in `after`, one sentence each. */
export function broken(before: Frozen, after: Frozen): string[] {
	return Object.entries(before).flatMap(([key, old]) => {
		const now = after[key];
		if (!now) return [`${key} was removed`];
		return [
			...(now.kind === old.kind ? [] : [`${key} changed from ${old.kind} to ${now.kind}`]),
			...(now.call === old.call ? [] : [`${key} moved from ${old.call} to ${now.call}`]),
			...old.surfaces.filter((surface) => !now.surfaces.includes(surface)).map((surface) => `${key} is no longer offered on ${surface}`),
			...lost(`${key} input`, old.input, now.input),
			...lost(`${key} output`, old.output, now.output),
			...Object.entries(now.input)
				.filter(([path, { required }]) => required && !old.input[path]?.required && !newRow(path, old))
				.map(([path]) => `${key} input ${path} became required`),
		];
	});
}

/** A required field of rows that are themselves new takes nothing from anybody. */
const newRow = (path: string, old: FrozenOperation): boolean => path.includes('.') && !old.input[path.slice(0, path.lastIndexOf('.'))];

const lost = (where: string, old: Record<string, FrozenProperty>, now: Record<string, FrozenProperty>): string[] =>
	Object.entries(old).flatMap(([path, before]) => {
		const after = now[path];
		if (!after) return [`${where} ${path} was removed`];
		if (after.type !== before.type) return [`${where} ${path} changed from ${before.type} to ${after.type}`];
		if (!before.values && after.values) return [`${where} ${path} became a choice`];
		return (before.values ?? []).filter((value) => !after.values?.includes(value)).map((value) => `${where} ${path} no longer knows ${value}`);
	});
