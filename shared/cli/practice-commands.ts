/** Commands about practices and their keys. */
import { given, listOf, part, type Row, removal } from './answers.ts';
import type { Command } from './command.ts';
import { cell, facts } from './print.ts';

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
			const data = (await client.call(
				'POST',
				'/api/setup/practices',
				given({ name: option('name'), time_zone: option('zone'), currency: option('currency') }),
			)) as { practice_id: string; name: string; keys: { mode: string; api_key: string }[] };
			const keys = data.keys.map((key) => `${key.mode === 'live' ? 'Live key' : 'Test key'}  ${key.api_key}`);
			const live = data.keys.find((key) => key.mode === 'live')?.api_key ?? '';
			return {
				data,
				text: [
					`Created ${data.name}.`,
					'',
					`Practice  ${data.practice_id}`,
					...keys,
					'',
					'The keys are shown this once. To go on with this practice:',
					`  export DUNWELL_KEY=${live}`,
					'  npm run dunwell -- checklist',
				].join('\n'),
			};
		},
	},
	{
		name: 'practice list',
		summary: 'List all practices',
		who: 'operator',
		run: listOf('/api/setup/practices', ['practice_id', 'name', 'time_zone', 'currency', 'paused', 'closed_at'], 'No practice yet: practice create.'),
	},
	{
		name: 'practice export',
		summary: 'Write all records of a practice as lines of JSON',
		options: { out: { value: '<file>', help: 'The file to write; stdout when left out' } },
		more: "The file holds patients' data; only you can read it. Vendor credentials and keys are not in it.",
		async run({ client, option, write }) {
			const out = option('out');
			await write(await client.stream('/api/setup/practice/export'), out);
			return { data: undefined, text: out === undefined ? '' : `Wrote ${out}.` };
		},
	},
	{
		name: 'practice close',
		summary: 'Close a practice for good; its records stay',
		options: { confirm: { value: '<name>', help: "The practice's exact name", required: true } },
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
			const data = (await client.call(
				'POST',
				'/api/setup/keys',
				given({
					mode: option('mode'),
					scopes: (option('scopes') ?? 'read,write,send').split(',').map((scope) => scope.trim()),
					label: option('label'),
					expires_in_days: days === undefined ? undefined : Number(days),
				}),
			)) as Row;
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
			const data = (await client.call(
				'POST',
				`/api/setup/keys/${part(words[0] ?? '')}/rotate`,
				given({ hours: hours === undefined ? undefined : Number(hours) }),
			)) as Row;
			return { data, text: `${facts(data)}\n\n${SHOWN_ONCE} The old key works until ${cell(data['old_expires_at'])}.` };
		},
	},
	{ name: 'key revoke', summary: 'Stop an API key at once', usage: '<key_id>', words: { least: 1, most: 1 }, run: removal('/api/setup/keys', 'key') },
];

export const practiceCommands: readonly Command[] = [...practices, ...keys];
