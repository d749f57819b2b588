/** Commands that set a practice up. */
import { Failure } from '../contracts/failure.ts';
import type { Command, Outcome, Run } from './command.ts';
import { cell, facts, table } from './print.ts';

type Row = Record<string, unknown>;
interface Items {
	items: Row[];
}

const part = encodeURIComponent;
const listOf = (path: string, columns: readonly string[], none?: string) => async ({ client }: Run): Promise<Outcome> => {
	const data = (await client.call('GET', path)) as Items;
	return { data, text: table(data.items, columns, none) };
};
const removal = (path: string, what: string) => async ({ client, words }: Run): Promise<Outcome> => {
	await client.call('DELETE', `${path}/${part(words[0] ?? '')}`);
	return { data: { removed: words[0] }, text: `Removed the ${what} "${words[0]}".` };
};
/** Only what was given: an absent option leaves what is there. */
const given = (entries: Record<string, unknown>): Row => Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

const SHOWN_ONCE = 'The key is shown this once. Keep it where secrets are kept.';

const practices: Command[] = [
	{
		name: 'practice create',
		summary: 'Create a practice with its first live and test key',
		who: 'operator',
		options: {
			name: { value: '<name>', help: 'As messages and staff see it', required: true },
			zone: { value: '<zone>', help: 'IANA time zone, such as America/New_York', required: true },
			currency: { value: '<code>', help: 'ISO 4217 code; USD when left out' },
		},
		async run({ client, option }) {
			const data = (await client.call('POST', '/api/setup/practices', given({ name: option('name'), time_zone: option('zone'), currency: option('currency') }))) as { practice_id: string; name: string; keys: { mode: string; api_key: string }[] };
			const keys = data.keys.map((key) => `${key.mode === 'live' ? 'Live key' : 'Test key'}  ${key.api_key}`);
			const live = data.keys.find((key) => key.mode === 'live')?.api_key ?? '';
			return { data, text: [`Created ${data.name}.`, '', `Practice  ${data.practice_id}`, ...keys, '', 'The keys are shown this once. To go on with this practice:', `  export DUNWELL_KEY=${live}`, '  npm run dunwell -- checklist'].join('\n') };
		},
	},
	{ name: 'practice list', summary: 'List all practices', who: 'operator', run: listOf('/api/setup/practices', ['practice_id', 'name', 'time_zone', 'currency', 'paused', 'closed_at'], 'No practice yet: practice create.') },
	{
		name: 'practice export',
		summary: 'Write all records of a practice as lines of JSON',
		options: { out: { value: '<file>', help: 'The file to write; stdout when left out' } },
		more: 'The file holds patients\' data; only you can read it. Vendor credentials and keys are not in it.',
		async run({ client, option, write }) {
			const out = option('out');
			await write(await client.stream('/api/setup/practice/export'), out);
			return { data: undefined, text: out === undefined ? '' : `Wrote ${out}.` };
		},
	},
	{
		name: 'practice close',
		summary: 'Close a practice for good; its records stay',
		options: { confirm: { value: '<name>', help: 'The practice\'s exact name', required: true } },
		async run({ client, option }) {
			const data = (await client.call('POST', '/api/setup/practice/close', { confirm: option('confirm') })) as Row;
			return { data, text: `Closed. Waiting reminders that were cancelled: ${cell(data['cancelled_reminders'])}.` };
		},
	},
];

const keys: Command[] = [
	{
		name: 'key create',
		summary: 'Create an API key',
		options: {
			mode: { value: '<test|live>', help: 'A test key reaches nobody but the outbox and the practice itself', required: true },
			scopes: { value: '<list>', help: 'Of read, write, send, setup, contact_details; read,write,send when left out' },
			label: { value: '<words>', help: 'What it is for, such as Zapier', required: true },
			days: { value: '<number>', help: 'After how many days it stops; never when left out' },
		},
		async run({ client, option }) {
			const days = option('days');
			const data = (await client.call('POST', '/api/setup/keys', given({ mode: option('mode'), scopes: (option('scopes') ?? 'read,write,send').split(',').map((scope) => scope.trim()), label: option('label'), expires_in_days: days === undefined ? undefined : Number(days) }))) as Row;
			return { data, text: `${facts(data)}\n\n${SHOWN_ONCE}` };
		},
	},
	{ name: 'key list', summary: 'List API keys', run: listOf('/api/setup/keys', ['key_id', 'mode', 'label', 'status', 'scopes', 'created_at', 'expires_at']) },
	{
		name: 'key rotate',
		summary: 'Replace an API key; both work for a while',
		usage: '<key_id>',
		words: { least: 1, most: 1 },
		options: { hours: { value: '<number>', help: 'How long the old one still works; 72 when left out' } },
		async run({ client, words, option }) {
			const hours = option('hours');
			const data = (await client.call('POST', `/api/setup/keys/${part(words[0] ?? '')}/rotate`, given({ hours: hours === undefined ? undefined : Number(hours) }))) as Row;
			return { data, text: `${facts(data)}\n\n${SHOWN_ONCE} The old key works until ${cell(data['old_expires_at'])}.` };
		},
	},
	{ name: 'key revoke', summary: 'Stop an API key at once', usage: '<key_id>', words: { least: 1, most: 1 }, run: removal('/api/setup/keys', 'key') },
];

const showConnection = (data: Row): string => {
	const hook = cell(data['hook_url']) === '' ? [] : ['', `Webhook address  ${cell(data['hook_url'])}`, cell(data['hook_setup'])];
	return [facts(data, ['connection', 'vendor_label', 'label', 'status', 'status_text', 'checked_at', 'final_share']), ...hook].join('\n');
};
const connectionOutcome = (data: unknown): Outcome => ({ data, text: showConnection(data as Row), ...((data as Row)['status'] === 'broken' ? { exitCode: 1 } : {}) });
const finalShare = (option: Run['option']): boolean | undefined => {
	const text = option('final-share');
	if (text === undefined) return undefined;
	if (text !== 'yes' && text !== 'no') throw new Failure('invalid', '--final-share must be yes or no.', { code: 'usage' });
	return text === 'yes';
};

const connections: Command[] = [
	{ name: 'vendor list', summary: 'List vendors and what each asks for', run: async ({ client }) => {
		const data = (await client.call('GET', '/api/setup/vendors')) as { items: { vendor: string; label: string; does: string[]; credentials: { name: string; description: string; required: boolean }[] }[] };
		const text = data.items.map((vendor) => [`${vendor.vendor} (${vendor.label}): ${vendor.does.join(', ')}`, ...vendor.credentials.map((field) => `  ${field.name}${field.required ? '' : ' (optional)'}: ${field.description}`)].join('\n')).join('\n\n');
		return { data, text };
	} },
	{
		name: 'connection add',
		summary: 'Connect a vendor account',
		usage: '<name> <credential>=<value> …',
		words: { least: 1 },
		options: {
			vendor: { value: '<vendor>', help: 'One of "vendor list"', required: true },
			label: { value: '<words>', help: 'How staff know it' },
			'final-share': { value: '<yes|no>', help: 'Whether every amount from it is what remains after insurance' },
			'no-check': { help: 'Do not try the credentials now' },
		},
		more: 'A value of @file is read from the file, - from stdin: so secrets stay out of the shell\'s history.\n\n  npm run dunwell -- connection add texting --vendor twilio account_sid=AC… auth_token=@token.txt',
		async run({ client, words, pairs, option, flag }) {
			const credentials = await pairs(1);
			return connectionOutcome(await client.call('POST', '/api/setup/connections', given({ connection: words[0], vendor: option('vendor'), label: option('label'), credentials, final_share: finalShare(option), check: !flag('no-check') })));
		},
	},
	{
		name: 'connection change',
		summary: 'Change a connection; given credentials replace all old ones',
		usage: '<name> [<credential>=<value> …]',
		words: { least: 1 },
		options: { label: { value: '<words>', help: 'How staff know it' }, 'final-share': { value: '<yes|no>', help: 'Whether every amount from it is what remains after insurance' } },
		async run({ client, words, pairs, option }) {
			const credentials = await pairs(1);
			return connectionOutcome(await client.call('PUT', `/api/setup/connections/${part(words[0] ?? '')}`, given({ label: option('label'), final_share: finalShare(option), credentials: Object.keys(credentials).length > 0 ? credentials : undefined })));
		},
	},
	{ name: 'connection check', summary: 'Try a connection at its vendor', usage: '<name>', words: { least: 1, most: 1 }, run: async ({ client, words }) => connectionOutcome(await client.call('POST', `/api/setup/connections/${part(words[0] ?? '')}/check`)) },
	{ name: 'connection list', summary: 'List connections and their webhook addresses', run: listOf('/api/setup/connections', ['connection', 'vendor_label', 'label', 'status', 'status_text', 'hook_url'], 'No connection yet: connection add.') },
	{ name: 'connection remove', summary: 'Remove a connection', usage: '<name>', words: { least: 1, most: 1 }, run: removal('/api/setup/connections', 'connection') },
	{
		name: 'sender set',
		summary: 'Set what a channel\'s messages come from',
		usage: '<sms|voice|email|letter|fax|portal>',
		words: { least: 1, most: 1 },
		options: { connection: { value: '<name>', help: 'The connection that sends', required: true }, address: { value: '<address>', help: 'The number or mailbox that patients see' }, name: { value: '<words>', help: 'The name beside it' } },
		async run({ client, words, option }) {
			const data = (await client.call('PUT', `/api/setup/senders/${part(words[0] ?? '')}`, given({ connection: option('connection'), address: option('address'), name: option('name') }))) as Row;
			return { data, text: facts(data) };
		},
	},
	{ name: 'sender list', summary: 'List senders', run: listOf('/api/setup/senders', ['channel', 'connection', 'address', 'name'], 'No sender yet: sender set.') },
	{ name: 'sender remove', summary: 'Remove a sender', usage: '<channel>', words: { least: 1, most: 1 }, run: removal('/api/setup/senders', 'sender') },
];

/** JSON where it reads as JSON, else text: caps.per_day=2, sending=automatic. */
function valueOf(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** Sets what stands at a dotted path. Only paths that exist can be mistaken less; the service refuses unknown ones by name. */
export function setPath(target: Row, path: string, value: unknown): void {
	const names = path.split('.');
	const last = names.pop() ?? '';
	let at: Row = target;
	for (const name of names) {
		if (!Object.hasOwn(at, name)) Object.defineProperty(at, name, { value: {}, enumerable: true, writable: true, configurable: true });
		const next = at[name];
		if (typeof next !== 'object' || next === null) throw new Failure('invalid', `"${path}" is not a path here: "${name}" holds a value, not fields.`, { code: 'usage' });
		at = next as Row;
	}
	Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
}

const jsonFile = async (read: Run['read'], file: string): Promise<object> => {
	try {
		return JSON.parse(Buffer.from(await read(file)).toString('utf8')) as object;
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw new Failure('invalid', `${file} is not JSON.`, { code: 'usage' });
	}
};

/** `final_share.<source>` and texts may hold dots themselves, so only the first one splits. */
function settingsOf(pairs: Record<string, string>): Row {
	const out: Row = {};
	for (const [name, text] of Object.entries(pairs)) {
		const [head = '', ...rest] = name.split('.');
		if (rest.length > 0) setPath(out, head, { ...(out[head] as object | undefined), [rest.join('.')]: valueOf(text) });
		else out[head] = head === 'locations' ? text.split(',').map((word) => word.trim()) : head === 'share_your_reference' ? valueOf(text) : text;
	}
	return out;
}

const rules: Command[] = [
	{
		name: 'policy show',
		summary: 'Show the policy',
		async run({ client }) {
			const data = (await client.call('GET', '/api/setup/policy')) as { policy: object; policy_hash: string; versions: Row[] };
			return { data, text: `${JSON.stringify(data.policy, null, 2)}\n\nDigest ${data.policy_hash}\n\n${table(data.versions, ['since', 'actor', 'policy_hash'])}` };
		},
	},
	{
		name: 'policy set',
		summary: 'Change the policy',
		usage: '<path>=<value> …',
		words: { least: 0 },
		options: { file: { value: '<file>', help: 'Replace it whole by a JSON file' } },
		more: '  npm run dunwell -- policy set sending=automatic caps.per_day=1\n  npm run dunwell -- policy set \'channels=["email","sms"]\'',
		async run({ client, pairs, option, read }) {
			const changes = await pairs(0);
			const file = option('file');
			if (file === undefined && Object.keys(changes).length === 0) throw new Failure('invalid', 'Say what to change: <path>=<value>, or --file <file>.', { code: 'usage' });
			const policy = file === undefined ? ((await client.call('GET', '/api/setup/policy')) as { policy: object }).policy : await jsonFile(read, file);
			for (const [path, text] of Object.entries(changes)) setPath(policy as Row, path, valueOf(text));
			const data = (await client.call('PUT', '/api/setup/policy', policy)) as { policy_hash: string; changed: boolean };
			return { data, text: data.changed ? `The policy is changed. Digest ${data.policy_hash}` : 'The policy was like this already.' };
		},
	},
	{ name: 'settings show', summary: 'Show the settings', run: async ({ client }) => {
		const data = (await client.call('GET', '/api/setup/settings')) as Row;
		return { data, text: facts(data) || 'No setting yet: settings set.' };
	} },
	{
		name: 'settings set',
		summary: 'Change settings; an empty value removes one',
		usage: '<name>=<value> …',
		words: { least: 1 },
		more: 'Names: callback_phone, pay_link, sender_name, neutral_sender_name, own_phone, own_mailbox, share_your_reference (true, false), locations (a,b), final_share.<source> (true, false)',
		async run({ client, pairs }) {
			const data = (await client.call('PATCH', '/api/setup/settings', settingsOf(await pairs(0)))) as Row;
			return { data, text: facts(data) };
		},
	},
	{
		name: 'route set',
		summary: 'Set where staff work goes',
		usage: '<name>',
		words: { least: 1, most: 1 },
		options: { label: { value: '<words>', help: 'How dropdowns show it', required: true }, connection: { value: '<name>', help: 'The connection that carries it' }, target: { value: '<where>', help: 'A channel, a project, a board' }, staff: { value: '<name>', help: 'Who owns the work' } },
		async run({ client, words, option }) {
			const data = (await client.call('PUT', `/api/setup/routes/${part(words[0] ?? '')}`, given({ label: option('label'), connection: option('connection'), target: option('target'), staff: option('staff') }))) as Row;
			return { data, text: facts(data) };
		},
	},
	{ name: 'route list', summary: 'List routes', run: listOf('/api/setup/routes', ['route', 'label', 'connection', 'target', 'staff']) },
	{ name: 'route remove', summary: 'Remove a route', usage: '<name>', words: { least: 1, most: 1 }, run: removal('/api/setup/routes', 'route') },
	{
		name: 'staff set',
		summary: 'Set a staff member',
		usage: '<short name>',
		words: { least: 1, most: 1 },
		options: { name: { value: '<name>', help: 'The person\'s name', required: true }, email: { value: '<address>', help: 'Where the person gets e-mail' }, phone: { value: '<number>', help: 'The person\'s number' } },
		async run({ client, words, option }) {
			const data = (await client.call('PUT', `/api/setup/staff/${part(words[0] ?? '')}`, given({ name: option('name'), email: option('email'), phone: option('phone') }))) as Row;
			return { data, text: facts(data) };
		},
	},
	{ name: 'staff list', summary: 'List staff', run: listOf('/api/setup/staff', ['staff', 'name', 'email', 'phone'], 'Nobody yet: staff set.') },
	{ name: 'staff remove', summary: 'Remove a staff member', usage: '<short name>', words: { least: 1, most: 1 }, run: removal('/api/setup/staff', 'staff member') },
	{
		name: 'snapshot save',
		summary: 'Take a practice\'s set-up along, without secrets and patients',
		async run({ client }) {
			const data = await client.call('GET', '/api/setup/snapshot');
			return { data, text: JSON.stringify(data, null, 2) };
		},
	},
	{
		name: 'snapshot apply',
		summary: 'Set a practice up like the one the snapshot is of',
		usage: '<file>',
		words: { least: 1, most: 1 },
		async run({ client, words, read }) {
			const data = (await client.call('PUT', '/api/setup/snapshot', await jsonFile(read, words[0] ?? ''))) as { left: string[] };
			return { data, text: data.left.length === 0 ? 'Applied. Nothing is left to do by hand.' : ['Applied. Left to do by hand:', ...data.left.map((text) => `  ${text}`)].join('\n') };
		},
	},
];

export const setupCommands: readonly Command[] = [...practices, ...keys, ...connections, ...rules];
