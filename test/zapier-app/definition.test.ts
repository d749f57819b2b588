import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import zapier from 'zapier-platform-core';
import schema from 'zapier-platform-schema';
import type { Operation } from '../../shared/contracts/operation.ts';
import { defineAction, defineTrigger } from '../../shared/contracts/operation.ts';
import { choice, date, flag, instant, list, money, object, optional, text, whole } from '../../shared/contracts/schema.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import type { InputField } from '../../zapier-app/src/definition.ts';
import { derive } from '../../zapier-app/src/derive.ts';
import { type CheckedApp, findings } from './checks.ts';
import { onZapier, testApp } from './kit.ts';

// Core's types leave it out.
const { createAppHandler } = zapier as unknown as { createAppHandler(app: object): (event: object) => Promise<{ results: unknown[] }> };
const app = testApp();
const checked = () => testApp() as unknown as CheckedApp;
const definition = derive(catalogue);
const all = () => [...Object.values(definition.triggers), ...Object.values(definition.creates), ...Object.values(definition.searches)];

describe('the definition', () => {
	it("is valid by Zapier's own schema", async () => {
		const { results } = await createAppHandler(app)({ command: 'validate' });
		expect(results).toEqual([]);
	});

	it("is valid by Zapier's schema as plain JSON with its functions marked", () => {
		const plain = JSON.parse(JSON.stringify(app, (_key, value: unknown) => (typeof value === 'function' ? '$func$2$f$' : value))) as object;
		expect(schema.validateAppDefinition(plain).errors).toEqual([]);
	});

	it('has nothing that a publishing check would find', () => {
		expect(findings(checked())).toEqual([]);
	});

	it.each([
		['D001', (broken: CheckedApp) => broken.creates['record_balance']?.operation.inputFields.push({ key: 'api_key', label: 'Key', type: 'string' })],
		['D002', (broken: CheckedApp) => broken.authentication.fields.map((field) => delete field.helpText)],
		['D003', (broken: CheckedApp) => Object.assign(broken.authentication, { connectionLabel: 'Dunwell' })],
		['D004', (broken: CheckedApp) => broken.creates['record_balance']?.operation.inputFields.push({ key: 'invoice_id', label: 'Invoice', type: 'string' })],
		['D005', (broken: CheckedApp) => delete broken.triggers['choices_locations']],
		['D006', (broken: CheckedApp) => delete (broken.triggers['balance_paid']?.operation as never as { performList?: unknown }).performList],
		['D007', (broken: CheckedApp) => Object.assign(broken.creates['record_balance'] as object, { noun: 'http://dunwell.example' })],
		[
			'D008',
			(broken: CheckedApp) => broken.creates['record_balance']?.operation.inputFields.push({ key: 'x', label: 'X', helpText: 'See https://dunwell.example.' }),
		],
		['D009', (broken: CheckedApp) => Object.assign(broken.searches['find_account']?.operation as object, { inputFields: [] })],
		['D010', (broken: CheckedApp) => broken.triggers['balance_paid']?.operation.outputFields.map((field) => delete field.primary)],
		['D011', (broken: CheckedApp) => broken.creates['record_balance']?.operation.inputFields.push({ key: 'x', label: 'Due Date', helpText: 'Due date.' })],
		['D012', (broken: CheckedApp) => Object.assign(broken.creates['record_balance']?.operation as object, { sample: {} })],
		['D016', (broken: CheckedApp) => Object.assign(broken.triggers['balance_paid']?.operation as object, { type: 'polling' })],
		['D017', (broken: CheckedApp) => delete (broken.triggers['balance_paid']?.operation as never as { performSubscribe?: unknown }).performSubscribe],
		['D018', (broken: CheckedApp) => Object.assign(broken.creates['record_balance']?.display as object, { label: 'Record balance' })],
		['D021', (broken: CheckedApp) => Object.assign(broken.triggers['balance_paid']?.display as object, { description: 'Triggers whenever it is paid' })],
		['D022', (broken: CheckedApp) => Object.assign(broken.creates['record_balance']?.operation as object, { outputFields: [] })],
		['D023', (broken: CheckedApp) => Object.assign(broken.triggers['balance_paid']?.operation.sample as object, { paid_at: '2026-11-24T09:29:31' })],
		['D024', (broken: CheckedApp) => Object.assign(broken.triggers['balance_paid']?.operation.sample as object, { amount: '84.20' })],
		['D025', (broken: CheckedApp) => Object.assign(broken.triggers['balance_paid']?.operation.sample as object, { link: 'javascript:alert(1)' })],
		['D028', (broken: CheckedApp) => delete broken.flags],
	] as const)('would be found wanting by %s if it broke it', (code, damage) => {
		const broken = JSON.parse(JSON.stringify(derive(catalogue))) as object;
		const whole_ = testApp(undefined, broken as never) as unknown as CheckedApp;
		damage(whole_);
		expect(findings(whole_).map((finding) => finding.code)).toContain(code);
	});

	it('has every operation that the catalogue offers on Zapier, under its own key and words', () => {
		const shown = all().filter(({ key }) => !key.startsWith('choices_'));
		expect(shown.map(({ key, noun, display }) => [key, noun, display.label, display.description]).sort()).toEqual(
			onZapier.map(({ key, noun, label, description }) => [key, noun, label, description]).sort(),
		);
	});

	it('pins the newest core, and says so to Zapier', () => {
		const { dependencies, overrides } = JSON.parse(readFileSync(new URL('../../zapier-app/package.json', import.meta.url), 'utf8')) as Record<
			string,
			Record<string, string>
		>;
		expect(dependencies).toEqual({ 'zapier-platform-core': zapier.version });
		expect(overrides).toEqual({ 'get-intrinsic': '1.3.0' });
	});
});

describe('patient data', () => {
	it('has no field on Zapier, and free text no input', () => {
		const marked = new Set<string>();
		for (const { key, input, output } of onZapier) {
			for (const [side, { properties }] of Object.entries({ input, output })) {
				for (const [name, property] of Object.entries(properties as Record<string, { patientData?: true; freeText?: true }>)) {
					if (property.patientData || (side === 'input' && property.freeText)) marked.add(`${key}.${side}.${name}`);
				}
			}
		}
		expect(marked.size).toBeGreaterThan(5);
		const offered = new Set(
			all().flatMap(({ key, operation }) => [
				...operation.inputFields.map((field) => `${key}.input.${field.key}`),
				...Object.keys(operation.sample).map((name) => `${key}.output.${name}`),
			]),
		);
		expect([...marked].filter((name) => offered.has(name))).toEqual([]);
	});

	it('is in no sample: no telephone number, mail address, birthday or social security number', () => {
		const samples = all()
			.map(({ operation }) => JSON.stringify(operation.sample))
			.join('\n');
		expect(samples).not.toMatch(/[\w.]+@[\w.]+\.\w+/);
		expect(samples).not.toMatch(/\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b|\+1\d{10}/);
		expect(samples).not.toMatch(/\b\d{3}-\d{2}-\d{4}\b/);
		expect(samples).not.toMatch(/\b19\d\d-\d\d-\d\d\b/);
		expect(samples).not.toMatch(/"(patient_name|first_name|last_name|phone|email|address|dob|zip|diagnosis)":/);
	});
});

const words = {
	noun: 'Thing',
	description: 'Does a thing.',
	summary: 'Do a thing',
	tier: 'core',
	surfaces: ['zapier', 'api'],
	method: 'POST',
	path: '/things',
	scope: 'write',
	effect: 'write',
	idempotent: true,
} as const;
const output = object({
	at: instant('At', 'When.'),
	on: date('On', 'Which day.'),
	name: optional(text('Name', 'Whose.', { patientData: true })),
	rows: list(object({ n: whole('Number', 'How many.'), who: optional(text('Who', 'Whose.', { patientData: true })) }), 'Rows', 'Rows.'),
	tags: list(text('Tag', 'A tag.'), 'Tags', 'All tags.'),
});
const sample = { at: '2026-11-24T09:30:00-05:00', on: '2026-11-24', name: 'Jane Roe', rows: [{ n: 1, who: 'Jane Roe' }], tags: ['a'] };
const made = (input: ReturnType<typeof object>, more: object = {}): Operation =>
	({
		...defineAction({ ...words, key: 'do_thing', label: 'Do Thing', input, output, sample, examples: [], counterExamples: [], run: async () => sample }),
		...more,
	}) as unknown as Operation;
const inputsOf = (input: ReturnType<typeof object>): InputField[] => derive([made(input)]).creates['do_thing']?.operation.inputFields ?? [];

describe('deriving', () => {
	it('shows each kind of input as Zapier knows it, required ones first and advanced ones last', () => {
		expect(
			inputsOf(
				object({
					extra: optional(text('Extra', 'Something more.', { visibility: 'advanced' })),
					on: optional(date('On', 'On', {})),
					at: optional(instant('At', 'The moment of it.')),
					way: optional(choice({ a: 'Way A', b: 'Way B' }, 'Way', 'How it goes.', { default: 'a' })),
					route: optional(text('Route', 'Where it goes; see https://dunwell.example/routes.', { options: 'routes' })),
					yes: optional(flag('Yes', 'Whether it is so.', { default: false })),
					note: optional(text('Note', 'A long note.', { maxLength: 4000 })),
					first: optional(whole('First', 'Shown early.', { visibility: 'important' })),
					amount: money('Amount', 'How much it is.'),
					tags: optional(list(text('Tag', 'A tag.'), 'Tags', 'All tags.')),
					rows: optional(
						list(object({ n: whole('Number', 'How many.'), who: optional(text('Who', 'Whose.', { patientData: true })) }), 'Rows', 'One in each.'),
					),
				}),
			),
		).toEqual([
			{ key: 'amount', label: 'Amount', required: true, type: 'number', helpText: 'How much it is.' },
			{ key: 'first', label: 'First', type: 'integer', helpText: 'Shown early.' },
			{ key: 'on', label: 'On', type: 'datetime', meta: { day: true } },
			{ key: 'at', label: 'At', type: 'datetime', helpText: 'The moment of it.' },
			{
				key: 'way',
				label: 'Way',
				type: 'string',
				choices: [
					{ value: 'a', sample: 'a', label: 'Way A' },
					{ value: 'b', sample: 'b', label: 'Way B' },
				],
				helpText: 'How it goes.',
				default: 'a',
			},
			{ key: 'route', label: 'Route', type: 'string', dynamic: 'choices_routes.id.label', helpText: 'Where it goes; see `https://dunwell.example/routes`.' },
			{ key: 'yes', label: 'Yes', type: 'boolean', helpText: 'Whether it is so.', default: 'false' },
			{ key: 'note', label: 'Note', type: 'text', helpText: 'A long note.' },
			{ key: 'tags', label: 'Tags', type: 'string', list: true, helpText: 'All tags.' },
			{ key: 'rows', label: 'Rows', children: [{ key: 'n', label: 'Number', required: true, type: 'integer', helpText: 'How many.' }] },
			{ key: 'extra', label: 'Extra', type: 'string', helpText: 'Something more.', group: 'more_options' },
		]);
	});

	it('leaves marked inputs out, and refuses to leave out a required one', () => {
		expect(
			inputsOf(
				object({
					name: optional(text('Name', 'Whose.', { patientData: true })),
					note: optional(text('Note', 'Words.', { freeText: true })),
					inner: optional(text('Inner', 'For machines.', { visibility: 'internal' })),
				}),
			),
		).toEqual([]);
		expect(() => inputsOf(object({ name: text('Name', 'Whose.', { patientData: true }) }))).toThrow(
			'The input "name" of do_thing is required but may not be offered on Zapier.',
		);
		expect(() => inputsOf(object({ note: text('Note', 'Words.', { freeText: true }) }))).toThrow('required but may not be offered');
	});

	it('refuses inputs that Zapier can not show', () => {
		expect(() => inputsOf(object({ n: optional(whole('N', 'N.')), rows: optional(list(object({ n: whole('N', 'N.') }), 'Rows', 'Rows.')) }))).toThrow(
			'do_thing has the input "n" both by itself and in a row',
		);
		expect(() => inputsOf(object({ inner: optional(object({ n: whole('N', 'N.') })) }))).toThrow('is an object, which Zapier cannot show');
	});

	it('labels every output, with rows as line items, and takes marked ones out of the sample', () => {
		const { outputFields, sample: shown } = derive([made(object({}))]).creates['do_thing']?.operation ?? {};
		expect(outputFields).toEqual([
			{ key: 'at', label: 'At', type: 'datetime' },
			{ key: 'on', label: 'On', type: 'string' },
			{ key: 'rows[]n', label: 'Rows Number', type: 'integer' },
			{ key: 'tags', label: 'Tags', type: 'string', list: true },
		]);
		expect(shown).toEqual({ at: sample.at, on: sample.on, rows: [{ n: 1 }], tags: ['a'] });
	});

	it('hides the tier extra in a public build only, and leaves out what is not for Zapier', () => {
		const extra = made(object({}), { tier: 'extra' });
		expect(derive([extra]).creates['do_thing']?.display.hidden).toBeUndefined();
		expect(derive([extra], { publicBuild: true }).creates['do_thing']?.display.hidden).toBe(true);
		expect(derive([made(object({}))], { publicBuild: true }).creates['do_thing']?.display.hidden).toBeUndefined();
		expect(derive([made(object({}), { surfaces: ['power_automate', 'api'] })])).toEqual({ triggers: {}, creates: {}, searches: {}, calls: {} });
	});

	it('gives a trigger its event code as primary key', () => {
		const { kind: _kind, ...base } = made(object({})) as never as Record<string, unknown>;
		const trigger = defineTrigger({
			...(base as object),
			output: object({ event_id: text('Event Code', 'Its code.') }),
			sample: { event_id: 'evt_1' },
			hint: '',
		} as never) as Operation;
		expect(derive([trigger]).triggers['do_thing']?.operation).toMatchObject({
			type: 'hook',
			outputFields: [{ key: 'event_id', label: 'Event Code', type: 'string', primary: true }],
		});
	});

	it('gives an action that sends and has no word of its own the sample as its test', () => {
		const derived = derive([made(object({}), { scope: 'send' })]);
		expect(derived.calls['do_thing']?.editor).toEqual({ instead: 'sample' });
		expect(derived.creates['do_thing']?.operation.inputFields).toEqual([
			{ key: 'note_about_testing', type: 'copy', helpText: 'Testing this step here sends nothing: it shows an example. It acts only when the Zap is on.' },
		]);
		expect(derived.creates['do_thing']?.operation.throttle).toEqual({ window: 60, limit: 300, scope: ['auth'] });
	});
});
