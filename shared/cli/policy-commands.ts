/** Commands about how reminders work: policy, settings, routes, staff, snapshots. */
import { Failure } from '../contracts/failure.ts';
import { given, listOf, part, type Row, removal } from './answers.ts';
import type { Command, Run } from './command.ts';
import { facts, table } from './print.ts';

/** JSON where it reads as JSON, else text: caps.per_day=2, sending=automatic. */
function typedValue(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** Sets what stands at a dotted path. Only paths that exist can be mistaken less; the service refuses unknown ones by name. */
function setPath(target: Row, path: string, value: unknown): void {
	const names = path.split('.');
	const last = names.pop() ?? '';
	let at: Row = target;
	for (const name of names) {
		if (!Object.hasOwn(at, name)) Object.defineProperty(at, name, { value: {}, enumerable: true, writable: true, configurable: true });
		const next = at[name];
		if (typeof next !== 'object' || next === null)
			throw new Failure('invalid', `"${path}" is not a path here: "${name}" holds a value, not fields.`, { code: 'usage' });
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
		if (rest.length > 0) setPath(out, head, { ...(out[head] as object | undefined), [rest.join('.')]: typedValue(text) });
		else out[head] = head === 'locations' ? text.split(',').map((word) => word.trim()) : head === 'share_your_reference' ? typedValue(text) : text;
	}
	return out;
}

interface PolicySet {
	policy_hash: string;
	changed: boolean;
	status: 'in_force' | 'scheduled';
	/** ISO instant. */
	in_force_from: string;
	missing: string[];
}

function policySetText({ policy_hash: hash, changed, status, in_force_from: from }: PolicySet): string {
	if (!changed) return 'The policy was like this already.';
	return status === 'scheduled' ? `The policy waits for ${from}. Digest ${hash}` : `The policy is changed. Digest ${hash}`;
}

export const policyCommands: readonly Command[] = [
	{
		name: 'policy show',
		summary: 'Show the policy',
		async run({ client }) {
			const data = (await client.call('GET', '/api/setup/policy')) as { policy: object; policy_hash: string; versions: Row[] };
			return {
				data,
				text: `${JSON.stringify(data.policy, null, 2)}\n\nDigest ${data.policy_hash}\n\n${table(data.versions, ['since', 'status', 'actor', 'policy_hash'])}`,
			};
		},
	},
	{
		name: 'policy set',
		summary: 'Change the policy',
		usage: '<path>=<value> …',
		words: { least: 0 },
		options: { file: { value: '<file>', help: 'Replace it whole by a JSON file' } },
		more: 'With effective_from in it the policy waits for that day. npm run policy -- check <file> looks at it first.\n\n  npm run dunwell -- policy set sending=automatic caps.per_day=1\n  npm run dunwell -- policy set \'channels=["email","sms"]\'',
		async run({ client, pairs, option, read }) {
			const changes = await pairs(0);
			const file = option('file');
			if (file === undefined && Object.keys(changes).length === 0)
				throw new Failure('invalid', 'Say what to change: <path>=<value>, or --file <file>.', { code: 'usage' });
			const policy = file === undefined ? ((await client.call('GET', '/api/setup/policy')) as { policy: object }).policy : await jsonFile(read, file);
			for (const [path, text] of Object.entries(changes)) setPath(policy as Row, path, typedValue(text));
			const data = (await client.call('PUT', '/api/setup/policy', policy)) as PolicySet;
			return { data, text: [policySetText(data), ...data.missing.map((text) => `  ${text}`)].join('\n') };
		},
	},
	{
		name: 'policy unschedule',
		summary: 'Take back a policy that waits for its day',
		usage: '<digest>',
		words: { least: 1, most: 1 },
		run: removal('/api/setup/policy/scheduled', 'policy'),
	},
	{
		name: 'settings show',
		summary: 'Show the settings',
		run: async ({ client }) => {
			const data = (await client.call('GET', '/api/setup/settings')) as Row;
			return { data, text: facts(data) || 'No setting yet: settings set.' };
		},
	},
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
		options: {
			label: { value: '<words>', help: 'How dropdowns show it', required: true },
			connection: { value: '<name>', help: 'The connection that carries it' },
			channel: { value: '<sms|email>', help: 'Writes to a person, where the connection sends messages' },
			target: { value: '<where>', help: "A channel, a project, a board; a person's phone or mailbox" },
			sender: { value: '<from>', help: 'The number, sending service or mailbox that the person is written from' },
			staff: { value: '<name>', help: 'Who owns the work' },
		},
		async run({ client, words, option }) {
			const data = (await client.call(
				'PUT',
				`/api/setup/routes/${part(words[0] ?? '')}`,
				given(Object.fromEntries(['label', 'connection', 'channel', 'target', 'sender', 'staff'].map((name) => [name, option(name)]))),
			)) as Row;
			return { data, text: facts(data) };
		},
	},
	{
		name: 'route list',
		summary: 'List routes',
		run: listOf('/api/setup/routes', ['route', 'label', 'connection', 'channel', 'target', 'sender', 'staff', 'problem']),
	},
	{ name: 'route remove', summary: 'Remove a route', usage: '<name>', words: { least: 1, most: 1 }, run: removal('/api/setup/routes', 'route') },
	{
		name: 'staff set',
		summary: 'Set a staff member',
		usage: '<short name>',
		words: { least: 1, most: 1 },
		options: {
			name: { value: '<name>', help: "The person's name", required: true },
			email: { value: '<address>', help: 'Where the person gets e-mail' },
			phone: { value: '<number>', help: "The person's number" },
		},
		async run({ client, words, option }) {
			const data = (await client.call(
				'PUT',
				`/api/setup/staff/${part(words[0] ?? '')}`,
				given({ name: option('name'), email: option('email'), phone: option('phone') }),
			)) as Row;
			return { data, text: facts(data) };
		},
	},
	{ name: 'staff list', summary: 'List staff', run: listOf('/api/setup/staff', ['staff', 'name', 'email', 'phone'], 'Nobody yet: staff set.') },
	{
		name: 'staff remove',
		summary: 'Remove a staff member',
		usage: '<short name>',
		words: { least: 1, most: 1 },
		run: removal('/api/setup/staff', 'staff member'),
	},
	{
		name: 'snapshot save',
		summary: "Take a practice's set-up along, without secrets and patients",
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
			return {
				data,
				text:
					data.left.length === 0
						? 'Applied. Nothing is left to do by hand.'
						: ['Applied. Left to do by hand:', ...data.left.map((text) => `  ${text}`)].join('\n'),
			};
		},
	},
];
