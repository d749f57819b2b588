/**
 * Zapier's publishing checks that can be made without Zapier, by their codes (docs.zapier.com, integration checks
 * reference), and the copy rules of its build guidelines under names of our own. Findings name the place.
 */
import type { Definition, InputField, Operation, OutputField } from '../../zapier-app/src/definition.ts';

export interface Finding {
	code: string;
	at: string;
	message: string;
}

export interface CheckedApp extends Pick<Definition, 'triggers' | 'creates' | 'searches'> {
	flags?: object;
	authentication: { fields: { key: string; label: string; type: string; helpText?: string }[]; connectionLabel: unknown };
}

/** Words that Title Case leaves small. */
const SMALL = new Set(['a', 'an', 'and', 'as', 'at', 'by', 'for', 'from', 'in', 'is', 'of', 'on', 'or', 'the', 'to', 'with']);
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

export function findings(app: CheckedApp): Finding[] {
	const out: Finding[] = [];
	const report = (code: string, at: string, message: string) => out.push({ code, at, message });
	checkConnection(app, report);
	if (!app.flags || !('cleanInputData' in app.flags)) report('D028', 'flags', 'cleanInputData is not set');
	for (const kind of ['triggers', 'creates', 'searches'] as const) {
		for (const [key, operation] of Object.entries(app[kind])) {
			const at = `${kind}.${key}`;
			if (operation.key !== key) report('key', at, 'the key is not the name');
			checkDynamic(app, operation, at, report);
			if (operation.display.hidden) continue;
			checkWords(kind, operation, at, report);
			for (const field of operation.operation.inputFields) checkInput(field, `${at}.${field.key}`, report);
			checkOutputs(operation, at, report);
			if (kind === 'triggers') checkHook(operation, at, report);
			if (kind === 'searches' && fieldsOf(operation).length === 0) report('D009', at, 'a search needs an input');
		}
	}
	return out.concat(checkAddresses(app));
}

type Report = (code: string, at: string, message: string) => void;

const fieldsOf = (operation: Operation): InputField[] => operation.operation.inputFields.filter(({ type }) => type !== 'copy');

function checkConnection(app: CheckedApp, report: Report): void {
	const { fields, connectionLabel } = app.authentication;
	if (!fields.some(({ helpText }) => /\[[^\]]+\]\(https:\/\/[^)\s]+\)/.test(helpText ?? ''))) report('D002', 'authentication', 'no help text with a link');
	if (typeof connectionLabel !== 'string' || !connectionLabel.includes('{{') || /api_?key|token|secret/i.test(connectionLabel))
		report('D003', 'authentication', 'the label is constant or shows a key');
	for (const { key, label, helpText } of fields) checkHelp(label, helpText, `authentication.${key}`, report);
}

function checkWords(kind: string, { display, noun }: Operation, at: string, report: Report): void {
	const { label, description } = display;
	if (!isTitle(label) || label.length < 2 || label.length > 64) report('D018', at, `"${label}" is not in Title Case`);
	if (!/^[a-z][a-z0-9_]+$/.test(at.split('.')[1] ?? '')) report('key', at, 'the key is not snake_case');
	if (kind === 'triggers' && !/^Triggers when .+\.$/.test(description)) report('D021', at, `"${description}"`);
	if (kind !== 'triggers' && !/^[A-Z][a-z]+s .+\.$/.test(description))
		report('description', at, `"${description}" does not begin with a verb or end with a full stop`);
	if (/dunwell|zapier/i.test(`${label} ${description}`)) report('description', at, 'names the app');
	if (!isTitle(noun) || noun.length < 2) report('noun', at, `"${noun}"`);
}

function checkInput(field: InputField, at: string, report: Report): void {
	if (field.type === 'copy') return;
	if (!field.label || !isTitle(field.label)) report('label', at, `"${field.label ?? ''}" is not in Title Case`);
	if (/\bID$/i.test(field.label ?? '')) report('label', at, 'shows an "ID" to users');
	if (/(^|_)ids?$/.test(field.key) && !field.dynamic) report('D004', at, 'an id without a dropdown');
	if (/api_?key|password|secret|token/i.test(field.key)) report('D001', at, 'looks like a credential');
	checkHelp(field.label ?? '', field.helpText, at, report);
	for (const child of field.children ?? []) checkInput(child, `${at}.${child.key}`, report);
}

function checkHelp(label: string, help: string | undefined, at: string, report: Report): void {
	if (help === undefined) return;
	const plain = (text: string) =>
		text
			.toLowerCase()
			.replaceAll(/[^a-z0-9]+/g, ' ')
			.trim();
	if (plain(help) === plain(label)) report('D011', at, 'the help repeats the label');
	if (!/^[A-Z].*[.)]$/s.test(help)) report('help', at, 'is not a sentence');
	if (/(?<![`(])https?:\/\//.test(help)) report('D008', at, 'a bare address');
}

function checkDynamic(app: CheckedApp, operation: Operation, at: string, report: Report): void {
	for (const field of operation.operation.inputFields.flatMap((field) => [field, ...(field.children ?? [])])) {
		if (!field.dynamic) continue;
		const [trigger, id, label] = field.dynamic.split('.');
		const target = app.triggers[trigger ?? ''];
		const keys = target?.operation.outputFields.map(({ key }) => key) ?? [];
		if (!target?.display.hidden || !keys.includes(id ?? '') || !keys.includes(label ?? ''))
			report('D005', `${at}.${field.key}`, `${field.dynamic} does not exist`);
	}
}

function checkHook(operation: Operation, at: string, report: Report): void {
	if (operation.operation.type !== 'hook') report('D016', at, 'is no hook');
	for (const name of ['perform', 'performSubscribe', 'performUnsubscribe', 'performList']) {
		if (typeof (operation.operation as unknown as Record<string, unknown>)[name] !== 'function')
			report(name === 'performList' ? 'D006' : 'D017', at, `has no ${name}`);
	}
	if (!operation.operation.outputFields.some(({ primary, key }) => primary === true || key === 'id')) report('D010', at, 'has no primary key');
}

function checkOutputs({ operation }: Operation, at: string, report: Report): void {
	const { sample, outputFields } = operation;
	if (!sample || Object.keys(sample).length === 0) report('D012', at, 'has no sample');
	if (!outputFields || outputFields.length === 0) report('D022', at, 'has no fixed output fields');
	const leaves = leavesOf(sample);
	const fields = new Map(outputFields.map((field) => [field.key, field]));
	for (const [key, values] of leaves) {
		const field = fields.get(key);
		if (!field) report('D024', `${at}.${key}`, 'is in the sample but not declared');
		else for (const value of values) checkValue(field, value, `${at}.${key}`, report);
	}
	for (const { key, label } of outputFields) {
		if (!leaves.has(key)) report('D024', `${at}.${key}`, 'is declared but not in the sample');
		if (!label || !isTitle(label)) report('label', `${at}.${key}`, `"${label}" is not in Title Case`);
	}
}

function checkValue(field: OutputField, value: unknown, at: string, report: Report): void {
	const types = { string: 'string', datetime: 'string', integer: 'number', number: 'number', boolean: 'boolean' } as const;
	const type: string = typeof value;
	if (type !== types[field.type]) report('D024', at, `the sample is no ${field.type}`);
	if (field.type === 'integer' && !Number.isInteger(value)) report('D024', at, 'the sample is no integer');
	if (field.type === 'datetime' && !ISO.test(String(value))) report('D023', at, 'the sample has no offset');
	if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) && !ISO.test(value)) report('D023', at, 'the sample has no offset');
}

/** The sample's values by the keys that output fields have. */
function leavesOf(value: object, prefix = '', into = new Map<string, unknown[]>()): Map<string, unknown[]> {
	for (const [name, item] of Object.entries(value)) {
		const key = prefix + name;
		if (Array.isArray(item) && item.every((row) => row !== null && typeof row === 'object'))
			for (const row of item as object[]) leavesOf(row, `${key}[]`, into);
		else if (Array.isArray(item)) into.set(key, item);
		else if (item !== null && typeof item === 'object') leavesOf(item, `${key}__`, into);
		else into.set(key, [...(into.get(key) ?? []), item]);
	}
	return into;
}

/** D007: https alone, in whatever text. D025: nothing that a browser would run. */
function checkAddresses(app: CheckedApp): Finding[] {
	const text = JSON.stringify(app);
	const found = [...text.matchAll(/http:\/\/[^\s"'`)]+/g)].map(([address]) => ({ code: 'D007', at: 'app', message: address }));
	return /(javascript|data|vbscript):[^\s/]/i.test(text.replaceAll(/"[a-z_]+":/g, ''))
		? [...found, { code: 'D025', at: 'app', message: 'a dangerous address' }]
		: found;
}

export function isTitle(text: string): boolean {
	return text.split(/[\s/]+/).every((word, index) => word === '' || (index > 0 && SMALL.has(word)) || /^[^a-z]/.test(word));
}
