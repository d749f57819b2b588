/** `npm run dunwell -- <command>`: 0 is done, 1 was refused or found wrong, 2 was not understood. */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Failure } from '../contracts/failure.ts';
import { createClient } from './client.ts';
import { type Command, helpOf, overview, parseOptions, type Run } from './command.ts';
import { connectionCommands } from './connection-commands.ts';
import { policyCommands } from './policy-commands.ts';
import { practiceCommands } from './practice-commands.ts';
import { printCommands } from './print-commands.ts';
import { needsOperator, unknownCommand, workCommands } from './work-commands.ts';

const commands: readonly Command[] = [...practiceCommands, ...connectionCommands, ...policyCommands, ...printCommands, ...workCommands];

async function main(argv: readonly string[]): Promise<number> {
	const first = argv.filter((word) => !word.startsWith('-'));
	const command = commands.find(({ name }) => name === first.slice(0, 2).join(' ')) ?? commands.find(({ name }) => name === first[0]);
	if (!command) {
		if (first.length > 0 && !argv.includes('--help')) throw unknownCommand(first.slice(0, 2), commands);
		const group = commands.filter(({ name }) => name.split(' ')[0] === first[0]);
		process.stdout.write(`${overview(group.length > 0 ? group : commands)}\n`);
		return first.length > 0 && group.length === 0 ? 2 : 0;
	}
	const { values, positionals } = parsed(command, argv);
	if (values['help'] === true) {
		process.stdout.write(`${helpOf(command)}\n`);
		return 0;
	}
	const words = positionals.slice(command.name.split(' ').length);
	check(command, values, words);
	const client = createClient(process.env, {
		who: needsOperator(command, values) ? 'operator' : 'practice',
		practice: text(values['practice']),
		url: text(values['url']),
	});
	const { data, text: shown, exitCode = 0 } = await command.run(runOf(client, values, words));
	if (values['json'] === true && data !== undefined) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
	else if (shown !== '') process.stdout.write(`${shown}\n`);
	return exitCode;
}

type Values = Record<string, string | boolean | undefined | (string | boolean)[]>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function parsed(command: Command, argv: readonly string[]): { values: Values; positionals: string[] } {
	try {
		return parseArgs({ args: [...argv], options: parseOptions(command), allowPositionals: true, strict: true });
	} catch (error) {
		throw usage(command, error instanceof Error ? (error.message.split('. ')[0] ?? '') : '');
	}
}

function check(command: Command, values: Values, words: readonly string[]): void {
	const missing = Object.entries(command.options ?? {}).find(([name, option]) => option.required && values[name] === undefined);
	if (missing) throw usage(command, `--${missing[0]} is needed`);
	const least = command.words?.least ?? 0;
	const most = command.words === undefined ? 0 : (command.words.most ?? Number.POSITIVE_INFINITY);
	if (words.length < least) throw usage(command, `${command.usage ?? 'More'} is needed`);
	if (words.length > most) throw usage(command, `"${words[most] ?? ''}" is one word too many`);
}

const usage = (command: Command, what: string): Failure =>
	new Failure('invalid', `${what}. npm run dunwell -- ${command.name} --help says more.`, { code: 'usage' });

function runOf(client: Run['client'], values: Values, words: readonly string[]): Run {
	return {
		client,
		words,
		option: (name) => text(values[name]),
		flag: (name) => values[name] === true,
		read,
		async pairs(from = 0) {
			const out: Record<string, string> = {};
			for (const word of words.slice(from)) {
				const at = word.indexOf('=');
				if (at < 1) throw new Failure('invalid', `"${word.slice(0, 40)}" must read <name>=<value>.`, { code: 'usage' });
				const value = word.slice(at + 1);
				// A line end behind a secret in a file is the editor's, not the secret's.
				out[word.slice(0, at)] =
					value.startsWith('@') || value === '-'
						? Buffer.from(await read(value === '-' ? '-' : value.slice(1)))
								.toString('utf8')
								.replace(/\r?\n$/, '')
						: value;
			}
			return out;
		},
		async write(stream, file) {
			if (file === undefined) return stream.pipeTo(Writable.toWeb(process.stdout) as WritableStream<Uint8Array>, { preventClose: true });
			const handle = await open(file, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
				throw new Failure('invalid', `${file} cannot be written (${error.code ?? 'unknown error'}).`, { code: 'usage' });
			});
			await stream.pipeTo(Writable.toWeb(handle.createWriteStream()) as WritableStream<Uint8Array>);
		},
	};
}

async function read(file: string): Promise<Uint8Array> {
	try {
		if (file !== '-') return await readFile(file);
		const chunks: Uint8Array[] = [];
		for await (const chunk of createReadStream('', { fd: 0 })) chunks.push(chunk as Uint8Array);
		return Buffer.concat(chunks);
	} catch (error) {
		throw new Failure('invalid', `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`, { code: 'usage' });
	}
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	if (!(error instanceof Failure)) throw error;
	process.stderr.write(`${error.message}\n`);
	for (const field of error.fields.filter(({ message }) => !error.message.includes(message))) process.stderr.write(`  ${field.message}\n`);
	process.exitCode = error.code === 'usage' ? 2 : 1;
}
