import { describe, expect, it } from 'vitest';
import type { PropertySchema } from '../../shared/contracts/schema.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import importBalances, { row } from '../../shared/operations/import_balances.ts';
import { inputOf } from '../kit/operation-contract.ts';

const rowSchema = inputOf(importBalances as never).properties['rows']?.items as PropertySchema;
const strict = row.properties as unknown as Record<string, PropertySchema>;

describe('rows of Import Balances', () => {
	it("have the strict row's fields, titles and patient-data marks, and none is required", () => {
		const face = (properties: Record<string, PropertySchema>) =>
			Object.entries(properties).map(([key, p]) => [key, p.type, p.title, p.description, p.patientData ?? false, p.options ?? '']);
		expect(face(rowSchema.properties ?? {})).toEqual(face(strict));
		expect(rowSchema.required ?? []).toEqual([]);
	});

	it.each([
		[{ your_reference: 'A-1042' }, '"amount" is required. Add it.'],
		[{ your_reference: 'A-1042', amount: -5 }, '"amount" must be 0 or more.'],
		[{ your_reference: 'A-1042', amount: 10.005 }, '"amount" must have at most 2 decimals.'],
		[{ your_reference: 'A-1042', amount: 5, due_date: '2026-02-30' }, '"due_date" must be a real date such as 2026-11-24.'],
		[{ your_reference: 'A-1042', amount: 5, state: 'Arizona' }, '"state" does not have the expected form, such as NY.'],
	])('let %j through the call, and the strict row says %s', (value, message) => {
		expect(errorsOf(importBalances.input, { rows: [value] })).toEqual([]);
		expect(errorsOf(row, value).map((error) => error.message)).toEqual([message]);
	});
});
