/** How facts at one instant differ from those before: what became known in between, whatever any policy made of it. */
import { canonical } from '../../contracts/canonical.ts';
import type { ChangedFacts, FactChange, InvoiceChange } from '../../rules/simulate.ts';
import type { AccountFacts, InvoiceFacts } from '../../rules/types.ts';

/** What a policy and its messages leave behind: each policy under trial has its own. */
const OWN: ReadonlySet<string> = new Set([
	'ref',
	'currency',
	'practiceZone',
	'history',
	'previousMinor',
	'workOpen',
	'above',
	'matched',
	'pendingEvents',
	'openLadders',
	'thresholds',
]);
const OWN_OF_INVOICE: ReadonlySet<string> = new Set(['raisedDays', 'remindedDays', 'pausedDays', 'statusRaised', 'asOf']);
const BY_REF: ReadonlySet<string> = new Set(['payments', 'claims', 'appointments', 'plans', 'promises', 'flags', 'disputes']);

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const without = (value: object, names: ReadonlySet<string>): object => Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));

/** Undefined when nothing became known. */
export function changeBetween(before: AccountFacts, after: AccountFacts, at: number): FactChange | undefined {
	const facts: Record<string, unknown> = {};
	const gone: string[] = [];
	const [old, fresh] = [before, after] as unknown as [Record<string, unknown>, Record<string, unknown>];
	for (const name of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
		if (OWN.has(name) || same(old[name], fresh[name])) continue;
		if (name === 'invoices') facts[name] = changedInvoices(before.invoices, after.invoices);
		else if (BY_REF.has(name)) facts[name] = changedEntries(old[name], fresh[name], gone);
		else if (fresh[name] !== undefined) facts[name] = fresh[name];
	}
	for (const name of ['invoices', ...BY_REF]) if (Array.isArray(facts[name]) && facts[name].length === 0) delete facts[name];
	if (Object.keys(facts).length === 0 && gone.length === 0) return undefined;
	return { at, facts: facts as ChangedFacts, ...(gone.length === 0 ? {} : { gone }) };
}

function changedInvoices(before: readonly InvoiceFacts[], after: readonly InvoiceFacts[]): InvoiceChange[] {
	return after.flatMap((invoice) => {
		const known = before.find((one) => one.ref === invoice.ref);
		if (known === undefined) return [invoice];
		if (same(without(known, OWN_OF_INVOICE), without(invoice, OWN_OF_INVOICE))) return [];
		const lost = Object.keys(known).filter((name) => !(name in invoice) && !OWN_OF_INVOICE.has(name));
		return [{ ...invoice, ...Object.fromEntries(lost.map((name) => [name, null])) } as InvoiceChange];
	});
}

interface Entry {
	ref: string;
	raised?: unknown;
}

/** Marks of what was raised are the policy's; an entry that differs by them alone did not change. */
function changedEntries(before: unknown, after: unknown, gone: string[]): Entry[] {
	const [old, fresh] = [(before ?? []) as Entry[], (after ?? []) as Entry[]];
	gone.push(...old.filter((entry) => !fresh.some((one) => one.ref === entry.ref)).map((entry) => entry.ref));
	return fresh
		.filter((entry) => {
			const known = old.find((one) => one.ref === entry.ref);
			return known === undefined || !same(without(known, MARKS), without(entry, MARKS));
		})
		.map(unmarked);
}

const MARKS: ReadonlySet<string> = new Set(['raised', 'raisedLines', 'brokenRaised', 'acknowledged']);

/** What became known in the span was news to either policy. */
function unmarked(entry: Entry): Entry {
	const marks: Record<string, unknown> = {
		raised: Array.isArray(entry.raised) ? [] : false,
		raisedLines: [],
		brokenRaised: false,
		acknowledged: false,
	};
	return { ...entry, ...Object.fromEntries(Object.entries(marks).filter(([name]) => name in entry)) };
}
