import { describe, expect, it } from 'vitest';
import { list, object, optional, text } from '../../../shared/contracts/schema.ts';
import { errorsOf } from '../../../shared/contracts/validate.ts';
import { catalogue } from '../../../shared/operations/registry.ts';
import { inputFor, maskOutput } from '../../../shared/service/http/masking.ts';

const schema = object({
	ref: text('Reference', 'A code.'),
	name: optional(text('Name', 'Who it is.', { patientData: true })),
	note: optional(text('Note', 'Anything.', { freeText: true })),
	rows: list(object({ ref: text('Reference', 'A code.'), phone: text('Phone', 'A number.', { patientData: true }) }), 'Rows', 'More of them.'),
	inner: object({ phone: text('Phone', 'A number.', { patientData: true }), ok: text('Fine', 'A word.') }, { title: 'Inner', description: 'Below.' }),
});
const output = {
	ref: 'r',
	name: 'Ada',
	note: 'n',
	rows: [
		{ ref: 'a', phone: '1' },
		{ ref: 'b', phone: '2' },
	],
	inner: { phone: '3', ok: 'x' },
};

describe('marked outputs', () => {
	it('do not exist on Zapier, whatever the scope', () => {
		expect(maskOutput(schema, output, 'zapier', ['contact_details'])).toEqual({ ref: 'r', note: 'n', rows: [{ ref: 'a' }, { ref: 'b' }], inner: { ok: 'x' } });
	});

	it.each(['power_automate', 'api'] as const)('are null on %s without the scope', (surface) => {
		expect(maskOutput(schema, output, surface, ['read', 'write', 'send', 'setup'])).toEqual({
			ref: 'r',
			name: null,
			note: 'n',
			rows: [
				{ ref: 'a', phone: null },
				{ ref: 'b', phone: null },
			],
			inner: { phone: null, ok: 'x' },
		});
	});

	it("are there with the scope, and the use case's own object is never changed", () => {
		expect(maskOutput(schema, output, 'api', ['contact_details'])).toEqual(output);
		maskOutput(schema, output, 'zapier', []);
		expect(output.rows[0]).toEqual({ ref: 'a', phone: '1' });
	});

	it('that are absent stay absent', () => {
		const { name: _, ...without } = output;
		expect('name' in maskOutput(schema, without, 'api', [])).toBe(false);
	});
});

describe('marked and free-text inputs', () => {
	it('are unknown fields on Zapier, at every depth', () => {
		const shown = inputFor(schema, 'zapier');
		expect(
			errorsOf(shown, output)
				.map(({ field }) => field)
				.sort(),
		).toEqual(['inner.phone', 'name', 'note', 'rows.0.phone', 'rows.1.phone']);
		expect(errorsOf(shown, { ref: 'r', rows: [{ ref: 'a' }], inner: { ok: 'x' } })).toEqual([]);
	});

	it('are taken elsewhere', () => {
		expect(inputFor(schema, 'api')).toBe(schema);
		expect(inputFor(schema, 'power_automate')).toBe(schema);
	});

	it('leave a schema that ajv can compile for every operation that Zapier offers', () => {
		const offered = catalogue.filter((operation) => operation.surfaces.includes('zapier'));
		expect(offered.length).toBeGreaterThan(10);
		for (const operation of offered)
			expect(errorsOf(inputFor(operation.input, 'zapier'), { not_a_field: 1 }).some(({ field }) => field === 'not_a_field')).toBe(true);
	});
});
