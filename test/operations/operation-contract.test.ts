/** The contract itself: every rule must be able to find the fault it is there for. */
import { describe, expect, it } from 'vitest';
import { defineAction, type Operation } from '../../shared/contracts/operation.ts';
import { choice, flag, list, object, optional, signedMoney, Type, text } from '../../shared/contracts/schema.ts';
import { isTitleCase, OPERATION_RULES } from '../kit/operation-contract.ts';

const GOOD = {
	key: 'do_thing',
	label: 'Do Thing',
	noun: 'Thing',
	description: 'Does a thing.',
	summary: 'Do one thing',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/things',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input: object({
		name_of_thing: text('Thing', 'What it is called.', { maxLength: 80 }),
		idempotency_key: optional(text('Idempotency Key', 'Makes a repeated call harmless.', { maxLength: 80 })),
	}),
	output: object({ thing_ref: text('Thing Reference', 'The code of it.') }),
	sample: { thing_ref: 'thg_1' },
	examples: [{ name_of_thing: 'x' }],
	counterExamples: [
		{ value: {}, reason: '"name_of_thing" is required' },
		{ value: { name_of_thing: 1 }, reason: '"name_of_thing" must be text' },
	],
	run: async () => ({ thing_ref: 'thg_1' }),
} as const;

const withChange = (change: object): Operation => defineAction({ ...GOOD, ...change } as never) as unknown as Operation;
const faultsOf = (operation: Operation): string[] => OPERATION_RULES.flatMap((rule) => rule.faults(operation));

const withInput = (properties: Parameters<typeof object>[0]) => ({
	input: object({
		name_of_thing: text('Thing', 'What it is called.', { maxLength: 80 }),
		...properties,
		idempotency_key: GOOD.input.properties.idempotency_key,
	}),
});
const withOutput = (properties: Parameters<typeof object>[0], sample: object) => ({ output: object(properties), sample });

const FAULTS: [what: string, change: object, fault: string][] = [
	['a key in camelCase', { key: 'doThing' }, 'key "doThing" is not snake_case'],
	['a label that is not Title Case', { label: 'Do thing' }, 'label "Do thing" is not in Title Case of 2 to 64 characters (D018)'],
	['a description without a full stop', { description: 'Does a thing' }, 'description is not a sentence with a full stop'],
	['a description that names the app', { description: 'Does a Dunwell thing.' }, 'description or summary names an app'],
	['a description in the imperative', { description: 'Do a thing.' }, 'description does not begin with a verb in the third person'],
	[
		'a trigger that begins otherwise',
		{ kind: 'trigger', description: 'Triggers whenever a thing is done.', summary: 'When it is done', hint: 'Do it.' },
		'description does not begin with "Triggers when " (D021)',
	],
	['a summary with a slash', { summary: 'Do or/and undo' }, 'summary is longer than 80 characters, has a slash or ends with a sign (OPR03)'],
	['a summary equal to the description', { summary: 'Does a thing' }, 'summary says the same as description (OPR05)'],
	['a summary in Title Case', { summary: 'Do One Thing' }, 'summary is not in sentence case (OPR06)'],
	['a title that says ID', withInput({ other: optional(text('Other ID', 'The other one.', { maxLength: 9 })) }), 'input other shows "ID" to people'],
	[
		'a description that repeats its title',
		withInput({ other: optional(text('Other Thing', 'Other thing.', { maxLength: 9 })) }),
		'input other has a description that repeats the title (D011)',
	],
	[
		'a description with an address',
		withInput({ other: optional(text('Other', 'See https://example.com for it.', { maxLength: 9 })) }),
		'input other has an address in its description (D008)',
	],
	[
		'a description that is no sentence',
		withInput({ other: optional(text('Other', 'the other one', { maxLength: 9 })) }),
		'input other has a description that is not a sentence (SCH01)',
	],
	[
		'a title in lower case inside rows',
		withInput({ rows: optional(list(object({ cell: text('one cell', 'A cell of it.') }), 'Rows', 'The rows of it.')) }),
		'input rows.cell has the title "one cell", which is not Title Case',
	],
	[
		'a choice without labels',
		withInput({ other: optional(Type.Unsafe<string>({ type: 'string', enum: ['a', 'b'], title: 'Other', description: 'One of two.' })) }),
		'input other has values without a label',
	],
	[
		'a default that is no value',
		withInput({ other: optional(choice({ a: 'A', b: 'B' }, 'Other', 'One of two.', { default: 'c' })) }),
		'input other has a default that is no value',
	],
	[
		'an unknown dropdown',
		withInput({ other: optional(text('Other', 'One of many.', { options: 'planets' as never })) }),
		'input other has an unknown dropdown',
	],
	['an input that takes unknown fields', { input: Type.Object({ idempotency_key: GOOD.input.properties.idempotency_key }, {}) }, 'input takes unknown fields'],
	[
		'a required input after an optional one',
		withInput({ other: optional(flag('Other', 'Whether it is other.')), last: flag('Last', 'Whether it is last.') }),
		'input last is required but comes after an optional one',
	],
	[
		'a write without an idempotency key',
		{ input: object({ name_of_thing: text('Thing', 'What it is called.', { maxLength: 80 }) }) },
		'a write takes no idempotency_key',
	],
	['an answer whose key may be absent', withOutput({ thing_ref: optional(text('Thing Reference', 'The code of it.')) }, {}), 'output thing_ref may be absent'],
	[
		'a marked answer that is required',
		withOutput({ thing_ref: text('Thing Reference', 'The code of it.', { patientData: true }) }, { thing_ref: 'x' }),
		'output thing_ref is marked but required, so that it could not be absent on Zapier',
	],
	[
		'a list without a text twin',
		withOutput({ things: list(text('Thing', 'One of them.'), 'Things', 'All of them.') }, { things: [] }),
		'output things is a list without a text twin',
	],
	[
		'an amount without a currency',
		withOutput({ amount: signedMoney('Amount', 'What it costs.'), amount_text: text('Amount Text', 'The same as text.') }, { amount: 1, amount_text: '$1.00' }),
		'output amount has no currency beside it',
	],
	['a sample that is no answer', { sample: { thing_ref: 1 } }, 'sample: "thing_ref" must be text.'],
	['an instant without an offset', { sample: { thing_ref: '2026-11-24T09:30:00' } }, 'sample has 2026-11-24T09:30:00 without an offset (D023)'],
	['an example that is refused', { examples: [{ name_of_thing: 5 }] }, 'example 1: "name_of_thing" must be text.'],
	[
		'a counter-example that is accepted',
		{ counterExamples: [{ value: { name_of_thing: 'x' }, reason: '"name_of_thing" is required' }, GOOD.counterExamples[1]] },
		'counter-example 1 is accepted',
	],
	[
		'a counter-example refused for another reason',
		{ counterExamples: [{ value: {}, reason: '"name_of_thing" must be text' }, GOOD.counterExamples[0]] },
		'counter-example 1 is refused because "name_of_thing" is required. Add it.',
	],
	['one kind of counter-example alone', { counterExamples: [GOOD.counterExamples[0], GOOD.counterExamples[0]] }, 'there are 2 counter-examples of 1 kinds'],
	['a mail address in a sample', { sample: { thing_ref: 'somebody@example.com' } }, 'sample has an e-mail address'],
	['a phone number in an example', { examples: [{ name_of_thing: 'call (602) 555-0100' }] }, 'an example has a phone number'],
	['a name in a sample', { sample: { thing_ref: 'Owed by Mary Miller' } }, 'sample has what looks like a name'],
	[
		'a marked value in a sample',
		withOutput({ code: optional(text('Code', 'The code of it.', { patientData: true })) }, { code: 'x' }),
		'sample has code, which is marked',
	],
	['an unmarked phone', withInput({ phone: optional(text('Phone', 'The number of it.', { maxLength: 9 })) }), 'input phone is not marked as patient data'],
	['an unmarked message', withOutput({ text: text('Text', 'The words of it.') }, { text: 'x' }), 'output text is not marked as patient data'],
	[
		'a required input that Zapier never has',
		withInput({ other: text('Other', 'The words of it.', { freeText: true }) }),
		'input other is required but does not exist on Zapier',
	],
	[
		'free text without the mark',
		withInput({ other: optional(text('Other', 'The words of it.')) }),
		'input other is free text of more than 200 characters without the mark',
	],
	[
		'a database id',
		withInput({ other_id: optional(text('Other', 'The other one.', { maxLength: 9 })) }),
		'input other_id looks like a database id and has no dropdown (D004)',
	],
	['a path with a parameter', { path: '/things/:ref' }, 'path /things/:ref is not made of plain words'],
	['a GET that writes', { method: 'GET', summary: 'Get a thing' }, 'a GET writes'],
	['a write for readers', { scope: 'read' }, 'a write asks for the scope read'],
];

describe('the operation contract', () => {
	it('finds nothing in a sound operation', () => {
		expect(faultsOf(withChange({}))).toEqual([]);
	});

	it.each(FAULTS)('finds %s', (_, change, fault) => {
		expect(faultsOf(withChange(change))).toContain(fault);
	});

	it.each([
		['Sent At', true],
		['Paid or Failed At', true],
		['0 to 30 Days', true],
		['E-mail', true],
		['sent at', false],
		['Sent at', true],
		['Amount text', false],
		['', false],
	])('takes "%s" for Title Case: %s', (title, expected) => {
		expect(isTitleCase(title)).toBe(expected);
	});
});
