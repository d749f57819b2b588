/** Commands about vendor accounts and what sends through them. */
import { Failure } from '../contracts/failure.ts';
import { given, listOf, part, type Row, removal } from './answers.ts';
import type { Command, Outcome, Run } from './command.ts';
import { cell, facts } from './print.ts';

const showConnection = (data: Row): string => {
	const hook = cell(data['hook_url']) === '' ? [] : ['', `Webhook address  ${cell(data['hook_url'])}`, cell(data['hook_setup'])];
	return [facts(data, ['connection', 'vendor_label', 'label', 'status', 'status_text', 'signed_in', 'checked_at', 'final_share']), ...hook].join('\n');
};
const connectionOutcome = (data: unknown): Outcome => ({
	data,
	text: showConnection(data as Row),
	...((data as Row)['status'] === 'broken' ? { exitCode: 1 } : {}),
});
const finalShare = (option: Run['option']): boolean | undefined => {
	const text = option('final-share');
	if (text === undefined) return undefined;
	if (text !== 'yes' && text !== 'no') throw new Failure('invalid', '--final-share must be yes or no.', { code: 'usage' });
	return text === 'yes';
};

export const connectionCommands: readonly Command[] = [
	{
		name: 'vendor list',
		summary: 'List vendors and what each asks for',
		run: async ({ client }) => {
			const data = (await client.call('GET', '/api/setup/vendors')) as {
				items: { vendor: string; label: string; does: string[]; credentials: { name: string; description: string; required: boolean }[] }[];
			};
			const text = data.items
				.map((vendor) =>
					[
						`${vendor.vendor} (${vendor.label}): ${vendor.does.join(', ')}`,
						...vendor.credentials.map((field) => `  ${field.name}${field.required ? '' : ' (optional)'}: ${field.description}`),
					].join('\n'),
				)
				.join('\n\n');
			return { data, text };
		},
	},
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
		more: "A value of @file is read from the file, - from stdin: so secrets stay out of the shell's history.\n\n  npm run dunwell -- connection add texting --vendor twilio account_sid=AC… auth_token=@token.txt",
		async run({ client, words, pairs, option, flag }) {
			const credentials = await pairs(1);
			return connectionOutcome(
				await client.call(
					'POST',
					'/api/setup/connections',
					given({
						connection: words[0],
						vendor: option('vendor'),
						label: option('label'),
						credentials,
						final_share: finalShare(option),
						check: !flag('no-check'),
					}),
				),
			);
		},
	},
	{
		name: 'connection change',
		summary: 'Change a connection; given credentials replace all old ones',
		usage: '<name> [<credential>=<value> …]',
		words: { least: 1 },
		options: {
			label: { value: '<words>', help: 'How staff know it' },
			'final-share': { value: '<yes|no>', help: 'Whether every amount from it is what remains after insurance' },
		},
		async run({ client, words, pairs, option }) {
			const credentials = await pairs(1);
			return connectionOutcome(
				await client.call(
					'PUT',
					`/api/setup/connections/${part(words[0] ?? '')}`,
					given({ label: option('label'), final_share: finalShare(option), credentials: Object.keys(credentials).length > 0 ? credentials : undefined }),
				),
			);
		},
	},
	{
		name: 'connection check',
		summary: 'Try a connection at its vendor',
		usage: '<name>',
		words: { least: 1, most: 1 },
		run: async ({ client, words }) => connectionOutcome(await client.call('POST', `/api/setup/connections/${part(words[0] ?? '')}/check`)),
	},
	{
		name: 'connection authorize',
		summary: 'Sign in at the vendor of a connection',
		usage: '<name>',
		words: { least: 1, most: 1 },
		more: 'Prints an address to open in a browser. The connection works once somebody has signed in there.',
		async run({ client, words }) {
			const data = (await client.call('POST', `/api/setup/connections/${part(words[0] ?? '')}/authorize`)) as Row;
			return {
				data,
				text: `Open this address in a browser and sign in, before ${cell(data['expires_at'])}:\n\n${cell(data['authorization_url'])}\n\nThe app at the vendor must list this redirect address: ${cell(data['redirect_uri'])}`,
			};
		},
	},
	{
		name: 'connection list',
		summary: 'List connections and their webhook addresses',
		run: listOf('/api/setup/connections', ['connection', 'vendor_label', 'label', 'status', 'status_text', 'hook_url'], 'No connection yet: connection add.'),
	},
	{
		name: 'connection remove',
		summary: 'Remove a connection',
		usage: '<name>',
		words: { least: 1, most: 1 },
		run: removal('/api/setup/connections', 'connection'),
	},
	{
		name: 'sender set',
		summary: "Set what a channel's messages come from",
		usage: '<sms|voice|email|letter|fax|portal>',
		words: { least: 1, most: 1 },
		options: {
			connection: { value: '<name>', help: 'The connection that sends', required: true },
			address: { value: '<address>', help: 'The number or mailbox that patients see' },
			name: { value: '<words>', help: 'The name beside it' },
		},
		async run({ client, words, option }) {
			const data = (await client.call(
				'PUT',
				`/api/setup/senders/${part(words[0] ?? '')}`,
				given({ connection: option('connection'), address: option('address'), name: option('name') }),
			)) as Row;
			return { data, text: facts(data) };
		},
	},
	{
		name: 'sender list',
		summary: 'List senders',
		run: listOf('/api/setup/senders', ['channel', 'connection', 'address', 'name'], 'No sender yet: sender set.'),
	},
	{ name: 'sender remove', summary: 'Remove a sender', usage: '<channel>', words: { least: 1, most: 1 }, run: removal('/api/setup/senders', 'sender') },
];
