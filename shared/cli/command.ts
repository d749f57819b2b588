/** What a command declares. Help, parsing and dispatch are derived from it. */
import type { ParseArgsConfig } from 'node:util';
import type { Client } from './client.ts';

export interface Option {
	/** What stands behind it in the help, such as `<name>`; a flag has none. */
	value?: string;
	help: string;
	required?: true;
}

export interface Run {
	client: Client;
	/** Words after the command. */
	words: readonly string[];
	/** Options with a value. */
	option(name: string): string | undefined;
	flag(name: string): boolean;
	/** `name=value` words. A value of @file is the file's content, of - what comes on stdin. */
	pairs(from?: number): Promise<Record<string, string>>;
	read(file: string): Promise<Uint8Array>;
	/** Writes a stream to a file that only its owner may read; without a file, to stdout. */
	write(stream: ReadableStream<Uint8Array>, file: string | undefined): Promise<void>;
}

export interface Outcome {
	/** For --json. */
	data: unknown;
	/** For a person. */
	text: string;
	/** The process's exit code; 0 when left out. */
	exitCode?: number;
}

export interface Command {
	/** One or two words: `practice create`, `checklist`. */
	name: string;
	summary: string;
	/** What follows the command, as the help shows it. */
	usage?: string;
	/** How many words must follow it at least; and at most, where no name=value pairs are taken. */
	words?: { least: number; most?: number };
	options?: Readonly<Record<string, Option>>;
	/** Lines below the options: what a person needs to know, an example. */
	more?: string;
	who?: 'operator';
	run(run: Run): Promise<Outcome>;
}

export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
	practice: { value: '<id>', help: "The practice it is for, with the operator's key" },
	url: { value: '<address>', help: 'The service, if not DUNWELL_URL or http://127.0.0.1:7071' },
	json: { help: 'Print the answer as JSON' },
	help: { help: 'Show this help' },
};

export function parseOptions(command: Command): NonNullable<ParseArgsConfig['options']> {
	const all = { ...command.options, ...GLOBAL_OPTIONS };
	return Object.fromEntries(
		Object.entries(all).map(([name, option]) => [name, { type: option.value === undefined ? ('boolean' as const) : ('string' as const) }]),
	);
}

const optionLines = (options: Readonly<Record<string, Option>>): string[] => {
	const heads = Object.entries(options).map(([name, option]) => ({ head: `  --${name}${option.value === undefined ? '' : ` ${option.value}`}`, option }));
	const width = Math.max(...heads.map(({ head }) => head.length));
	return heads.map(({ head, option }) => `${head.padEnd(width)}  ${option.help}${option.required ? ' (needed)' : ''}`);
};

export function helpOf(command: Command): string {
	const usage = `npm run dunwell -- ${command.name}${command.usage === undefined ? '' : ` ${command.usage}`}${command.options ? ' [options]' : ''}`;
	return [
		`${command.summary}.`,
		'',
		`  ${usage}`,
		'',
		...(command.options ? ['Options', ...optionLines(command.options), ''] : []),
		'Always',
		...optionLines(GLOBAL_OPTIONS),
		...(command.more === undefined ? [] : ['', command.more]),
	].join('\n');
}

export function overview(commands: readonly Command[]): string {
	const width = Math.max(...commands.map((command) => command.name.length));
	return [
		'Sets up and looks into a running Dunwell service.',
		'',
		'  npm run dunwell -- <command> [options]        <command> --help says more',
		'',
		...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
		'',
		'Keys come from DUNWELL_KEY (a practice), DUNWELL_OPERATOR_KEY (the operator) or .data/sandbox.json;',
		'the service from DUNWELL_URL or http://127.0.0.1:7071.',
	].join('\n');
}
