/** A simulation as a person reads it: what each policy did, side by side, and accounts as examples. */
import { CHANNELS, type Channel } from '../contracts/words.ts';
import { localText } from '../rules/index.ts';
import type { ActDocument, SimulationDocument, TallyDocument } from '../rules/simulate.ts';

export interface Names {
	a: string;
	b: string;
}

type Row = readonly [label: string, a: string, b: string, difference: string, note: string];

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));
const channelName = (name: string): string => (Object.hasOwn(CHANNELS, name) ? CHANNELS[name as Channel] : name);
const money = (value: number): string => value.toFixed(2);

type Numbers = Exclude<{ [K in keyof TallyDocument]: TallyDocument[K] extends number ? K : never }[keyof TallyDocument], never>;
type Groups = Exclude<keyof TallyDocument, Numbers>;

const TOTALS: readonly [Numbers, string][] = [
	['due', 'Due'],
	['messages', 'Messages'],
	['reached', 'Accounts reached'],
];
const GROUPS: readonly { group: Groups; title: string; label?: (name: string) => string; show?: (value: number) => string; explained?: true }[] = [
	{ group: 'by_channel', title: 'Messages by channel', label: channelName },
	{ group: 'by_message', title: 'Messages by step' },
	{ group: 'asked', title: 'Asked for', show: money },
	{ group: 'unsent', title: 'Due, but never sent', explained: true },
	{ group: 'delayed', title: 'Sent days later than due', explained: true },
	{ group: 'cap_hits', title: 'Stopped or moved by a cap' },
	{ group: 'work', title: 'Staff work', explained: true },
	{ group: 'events', title: 'Events' },
];

function rows({ a, b, difference, texts }: SimulationDocument): (Row | string)[] {
	const out: (Row | string)[] = TOTALS.map(([field, label]) => [label, String(a[field]), String(b[field]), signed(difference[field]), '']);
	for (const { group, title, label = (name: string) => name, show = String, explained } of GROUPS) {
		const names = [...new Set([...Object.keys(a[group]), ...Object.keys(b[group])])].sort();
		if (names.length === 0) continue;
		out.push('', title);
		for (const name of names) {
			const [one, other] = [a[group][name] ?? 0, b[group][name] ?? 0];
			const by = other - one;
			out.push([`  ${label(name)}`, show(one), show(other), `${by > 0 ? '+' : ''}${show(by)}`, explained ? (texts[name] ?? '') : '']);
		}
	}
	return out;
}

export function simulationText(document: SimulationDocument, names: Names, days: number): string {
	const { accounts, changed, examples } = document;
	const lines = rows(document);
	const head: Row = ['', names.a, names.b, 'Difference', ''];
	const cells = [head, ...lines.filter((line) => typeof line !== 'string')];
	const width = (column: number): number => Math.max(...cells.map((row) => row[column]?.length ?? 0));
	const [first, second, third, fourth] = [width(0), width(1), width(2), width(3)];
	const line = ([label, a, b, by, note]: Row): string =>
		`${label.padEnd(first)}  ${a.padStart(second)}  ${b.padStart(third)}  ${by.padStart(fourth)}  ${note}`.trimEnd();
	return [
		`${days} days from ${document.from.slice(0, 10)}, ${accounts} ${accounts === 1 ? 'account' : 'accounts'}; ${changed === 0 ? 'none' : changed} of them treated differently.`,
		'',
		line(head),
		...lines.map((row) => (typeof row === 'string' ? row : line(row))),
		...(examples.length === 0 ? [] : ['', examples.length < changed ? `Where they part first (${examples.length} of ${changed})` : 'Where they part first']),
		...examples.flatMap((example) => [
			`  ${example.account_ref}, ${localText(Date.parse(example.at), example.zone)}`,
			`    ${names.a}: ${actText(example.a)}`,
			`    ${names.b}: ${actText(example.b)}`,
		]),
	].join('\n');
}

function actText({ did, message, channel, amount: money, amount_text: amount, reasons }: ActDocument): string {
	const why = reasons.map((reason) => reason.text).join(' ');
	const what = message === '' ? 'nothing' : `"${message}"${channel === '' ? '' : ` by ${channelName(channel).toLowerCase()}`}`;
	switch (did) {
		case 'sent':
			return `sends ${what}${money === 0 ? '' : ` over ${amount}`}.`;
		case 'asked_staff':
			return `asks staff: ${why}.`;
		case 'waited':
			return `waits with ${what}: ${why}`;
		case 'held':
			return `holds ${what}: ${why}`;
		default:
			return `has nothing to send.${why === '' ? '' : ` ${why}`}`;
	}
}
