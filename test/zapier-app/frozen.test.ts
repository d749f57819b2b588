import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from '../../shared/operations/registry.ts';
import type { Operation } from '../../zapier-app/src/definition.ts';
import { derive } from '../../zapier-app/src/derive.ts';
import { testApp } from './kit.ts';

/** What people's Zaps hold on to. Zapier stops a promotion when one of these goes, and so does this test. */
interface Frozen {
	authentication: string[];
	operations: Record<string, { kind: string; required: string[]; optional: string[]; outputs: string[] }>;
}

const frozen = JSON.parse(readFileSync(new URL('frozen.json', import.meta.url), 'utf8')) as Frozen;
const definition = derive(catalogue);

function shapeOf(kind: string, { operation }: Operation): Frozen['operations'][string] {
	const inputs = operation.inputFields
		.filter(({ type }) => type !== 'copy')
		.flatMap((field) => [field, ...(field.children ?? []).map((child) => ({ ...child, key: `${field.key}[]${child.key}` }))]);
	return {
		kind: operation.type ? `${kind}:${operation.type}` : kind,
		required: inputs
			.filter(({ required }) => required)
			.map(({ key }) => key)
			.sort(),
		optional: inputs
			.filter(({ required }) => !required)
			.map(({ key }) => key)
			.sort(),
		outputs: operation.outputFields.map(({ key }) => key).sort(),
	};
}

const now: Frozen = {
	authentication: testApp().authentication.fields.map(({ key }) => key),
	operations: Object.fromEntries(
		(['triggers', 'creates', 'searches'] as const).flatMap((kind) =>
			Object.entries(definition[kind]).map(([key, operation]) => [key, shapeOf(kind, operation)]),
		),
	),
};

it("keeps the connection's fields", () => {
	expect(now.authentication).toEqual(frozen.authentication);
});

it.each(Object.entries(frozen.operations))('%s keeps its kind, its inputs and its outputs, and asks for nothing new', (key, before) => {
	const after = now.operations[key];
	expect(after?.kind).toBe(before.kind);
	expect([...(after?.required ?? []), ...(after?.optional ?? [])]).toEqual(expect.arrayContaining([...before.required, ...before.optional]));
	expect(after?.outputs).toEqual(expect.arrayContaining(before.outputs));
	expect(after?.required.filter((input) => !before.required.includes(input))).toEqual([]);
});

it('knows every operation there is; what is new is added to frozen.json in the same change', () => {
	expect(now).toEqual(frozen);
});
