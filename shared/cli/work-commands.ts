/** Commands that look into a practice and bring files in. */
import { basename } from 'node:path';
import { Failure } from '../contracts/failure.ts';
import type { Items, Row } from './answers.ts';
import type { Command, Run } from './command.ts';
import { cell, facts, table } from './print.ts';

/** An X12 file begins with its interchange or transaction header, and ST01 says what it is; everything else is a report. */
function kindOf(bytes: Uint8Array): string {
	const start = Buffer.from(bytes.subarray(0, 1024))
		.toString('latin1')
		.replace(/^\u00ef\u00bb\u00bf/, '');
	if (!/^\s*(ISA|ST)[^A-Za-z0-9\s]/.test(start)) return 'aging_report';
	return /(^|[^A-Za-z0-9])ST[^A-Za-z0-9\s]277[^A-Za-z0-9]/.test(start) ? 'acknowledgement' : 'remittance';
}

const accountKey = (account: string): Record<string, string> => (account.startsWith('acc_') ? { account_ref: account } : { your_reference: account });

async function importFile({ client, words, option, flag, read }: Run) {
	const file = words[0] ?? '';
	const bytes = await read(file);
	const kind = option('kind') ?? kindOf(bytes);
	const data = (await client.call('POST', '/api/files', {
		kind,
		content: Buffer.from(bytes).toString('base64'),
		encoding: 'base64',
		file_name: basename(file),
		preview_only: flag('preview'),
	})) as Row;
	const head =
		data['duplicate'] === true
			? 'This file was imported before; nothing changed.'
			: data['preview'] === true
				? 'Preview: nothing was recorded.'
				: `Imported as ${cell(data['import_ref'])}. To take it back: npm run dunwell -- undo-import ${cell(data['import_ref'])}`;
	const rest = ['problems_text', 'warnings_text', 'baseline_text'].map((name) => cell(data[name]).replaceAll(' · ', '\n')).filter((text) => text !== '');
	return {
		data,
		text: [
			head,
			'',
			facts(data, ['rows_read', 'accounts', 'invoices', 'claims', 'denied_lines', 'changed', 'unchanged', 'settles_at']),
			...rest.map((text) => `\n${text}`),
		].join('\n'),
	};
}

async function explain({ client, words, option }: Run) {
	const account = words[0] ?? '';
	const on = option('on');
	const data = (await client.call('GET', '/api/accounts/explain', { ...accountKey(account), ...(on === undefined ? {} : { on }) })) as Row & {
		rules: Row[];
		messages: Row[];
	};
	const change = cell(data['what_would_change_it']);
	return {
		data,
		text: [
			String(data['explanation_text'] ?? ''),
			'',
			facts(data, [
				'account_ref',
				'decision',
				'amount_text',
				'next_possible_at',
				'last_reminder_at',
				'last_reminder_channel',
				'last_reminder_status',
				'consent_text',
				'policy_hash',
				'policy_since',
			]),
			...(data.messages.length === 0 ? [] : ['', table(data.messages, ['sent_at', 'message', 'channel', 'amount_text', 'status', 'consent_text', 'digest'])]),
			...(change === '' ? [] : ['', `What would change it: ${change}`]),
			'',
			table(data.rules, ['rule', 'outcome', 'text']),
		].join('\n'),
	};
}

export const workCommands: readonly Command[] = [
	{
		name: 'checklist',
		summary: 'List what stands between the practice and its first message',
		async run({ client }) {
			const data = (await client.call('GET', '/api/setup/checklist')) as {
				text: string;
				items: { ok: boolean; blocking: boolean; title: string; remedy: string }[];
			};
			const lines = data.items.map(
				(item) => `  ${item.ok ? '✓' : item.blocking ? '✗' : '·'} ${item.title}${item.remedy === '' ? '' : `\n      ${item.remedy}`}`,
			);
			return { data, text: [data.text, '', ...lines, '', '✓ in order   ✗ to be mended first   · good to know'].join('\n') };
		},
	},
	{
		name: 'health',
		summary: 'Show how the practice is doing; with --all, every practice',
		options: { all: { help: "Every practice (the operator's key)" } },
		async run({ client, flag }) {
			if (flag('all')) {
				const all = (await client.call('GET', '/api/setup/practices/health')) as Items;
				return {
					data: all,
					text: table(
						all.items,
						['practice_id', 'name', 'accounts', 'accounts_due', 'reminders_sent_7_days', 'escalations_open', 'attention_text'],
						'No practice yet: practice create.',
					),
				};
			}
			const data = (await client.call('GET', '/api/setup/health')) as Row;
			return { data, text: facts(data) };
		},
	},
	{
		name: 'import',
		summary: 'Import an aging report, a remittance or a claim acknowledgement',
		usage: '<file>',
		words: { least: 1, most: 1 },
		options: {
			kind: { value: '<aging_report|remittance|acknowledgement>', help: 'What it is; found out when left out' },
			preview: { help: 'Only say what it would do' },
		},
		run: importFile,
	},
	{
		name: 'undo-import',
		summary: 'Take an import back',
		usage: '<import reference>',
		words: { least: 1, most: 1 },
		async run({ client, words }) {
			const data = (await client.call('POST', `/api/imports/${encodeURIComponent(words[0] ?? '')}/undo`)) as Row;
			return { data, text: facts(data) };
		},
	},
	{
		name: 'review',
		summary: 'Review the accounts now',
		options: { mode: { value: '<report_only|ask_for_approval|send>', help: 'What becomes of reminders that are due; report_only when left out' } },
		async run({ client, option }) {
			const mode = option('mode');
			const data = (await client.call('POST', '/api/reviews', mode === undefined ? {} : { mode })) as Row;
			return {
				data,
				text: [cell(data['summary']), '', ...String(data['reasons_text'] ?? '').split('\n'), '', String(data['items_text'] ?? '')].join('\n').trim(),
			};
		},
	},
	{
		name: 'explain',
		summary: 'Say why an account did or did not get a message',
		usage: '<account>',
		words: { least: 1, most: 1 },
		options: { on: { value: '<date>', help: 'The day to explain, such as 2026-11-24; now when left out' } },
		more: "The account is Dunwell's code (acc_…) or the practice's own number.",
		run: explain,
	},
	{
		name: 'remind',
		summary: 'Send an account the reminder that is due, if the rules let it',
		usage: '<account>',
		words: { least: 1, most: 1 },
		more: "The account is Dunwell's code (acc_…) or the practice's own number.",
		async run({ client, words }) {
			const data = (await client.call('POST', '/api/reminders', accountKey(words[0] ?? ''))) as Row;
			return { data, text: facts(data, ['status', 'reminder_ref', 'channel', 'amount_text', 'send_at', 'reasons_text', 'what_would_change_it']) };
		},
	},
	{
		name: 'outbox',
		summary: 'Show what was sent to the sandbox',
		options: { limit: { value: '<number>', help: 'How many at most; 20 when left out' } },
		async run({ client, option }) {
			const data = (await client.call('GET', '/api/outbox', { limit: option('limit') ?? 20 })) as Items;
			const messages = data.items.map(
				(message) =>
					`${facts(Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'text' && name !== 'html')))}\n\n${String(message['text'] ?? '')}`,
			);
			return { data, text: messages.length === 0 ? 'Nothing was sent yet.' : messages.join('\n\n----\n\n') };
		},
	},
	{
		name: 'audit check',
		summary: 'Prove that the audit chain is whole',
		async run({ client }) {
			const data = (await client.call('GET', '/api/setup/audit/check')) as { ok: boolean; text: string };
			return { data, text: data.text, ...(data.ok ? {} : { exitCode: 1 }) };
		},
	},
	{
		name: 'audit show',
		summary: 'Show audit entries',
		options: {
			subject: { value: '<reference>', help: 'Only about this account, import, connection, …' },
			after: { value: '<number>', help: 'Only after this entry' },
			limit: { value: '<number>', help: 'How many at most; 100 when left out' },
		},
		async run({ client, option }) {
			const query = Object.fromEntries(['subject', 'after', 'limit'].flatMap((name) => (option(name) === undefined ? [] : [[name, option(name)]])));
			const data = (await client.call('GET', '/api/setup/audit', query)) as Items;
			return { data, text: table(data.items, ['seq', 'at', 'actor', 'kind', 'subject', 'body']) };
		},
	},
];

/** `health --all` is the operator's; every other command is whom its definition says. */
export const needsOperator = (command: Command, flags: Readonly<Record<string, unknown>>): boolean =>
	command.who === 'operator' || (command.name === 'health' && flags['all'] === true);

export const unknownCommand = (words: readonly string[], commands: readonly Command[]): Failure => {
	const near = commands.filter((command) => command.name.split(' ')[0] === words[0]).map((command) => command.name);
	return new Failure(
		'invalid',
		near.length > 0
			? `"${words.join(' ')}" is not a command. There are: ${near.join(', ')}.`
			: `"${words[0] ?? ''}" is not a command. npm run dunwell -- --help lists them.`,
		{ code: 'usage' },
	);
};
