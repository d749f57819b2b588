/** Letters: the batches to print, and the word that they went. */
import type { Items, Row } from './answers.ts';
import { part } from './answers.ts';
import type { Command, Run } from './command.ts';
import { table } from './print.ts';

const COLUMNS = ['print_batch', 'cycle_on', 'letters', 'pages', 'created_at', 'printed_at'];

async function list({ client }: Run) {
	const data = (await client.call('GET', '/api/print-batches')) as Items & { waiting: number };
	const waiting = data.waiting === 0 ? '' : `\n\n${data.waiting} more ${data.waiting === 1 ? 'letter waits' : 'letters wait'} for the next night.`;
	return { data, text: `${table(data.items, COLUMNS, 'No letters were gathered yet.')}${waiting}` };
}

async function gather({ client }: Run) {
	const data = (await client.call('POST', '/api/print-batches', {})) as Items;
	return { data, text: table(data.items, COLUMNS, 'No letter waits.') };
}

async function save({ client, words, option, write }: Run) {
	const batch = words[0] ?? '';
	const file = option('out') ?? `${batch}.pdf`;
	await write(await client.stream(`/api/print-batches/${part(batch)}.pdf`), file);
	return { data: { print_batch: batch, file }, text: `Wrote ${file}. When it is printed and mailed: npm run dunwell -- print-batches printed ${batch}` };
}

async function printed({ client, words }: Run) {
	const data = (await client.call('POST', `/api/print-batches/${part(words[0] ?? '')}/printed`, {})) as Row;
	return { data, text: `${String(data['letters'])} ${data['letters'] === 1 ? 'letter counts' : 'letters count'} as sent since ${String(data['printed_at'])}.` };
}

export const printCommands: readonly Command[] = [
	{ name: 'print-batches list', summary: 'List the batches of letters', run: list },
	{ name: 'print-batches gather', summary: 'Gather the letters that wait, without waiting for the night', run: gather },
	{
		name: 'print-batches save',
		summary: 'Write the letters of a batch to a PDF file',
		usage: '<batch>',
		words: { least: 1, most: 1 },
		options: { out: { value: '<file>', help: 'The file; else <batch>.pdf here' } },
		more: 'It needs a key with the scope contact_details. Letters that were taken back meanwhile are left out. The file holds names and addresses: only its owner can read it.',
		run: save,
	},
	{
		name: 'print-batches printed',
		summary: 'Say that a batch was printed and mailed',
		usage: '<batch>',
		words: { least: 1, most: 1 },
		more: 'Each of its letters counts as a contact from then on.',
		run: printed,
	},
];
