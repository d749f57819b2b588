/** What commands have in common: lists, removals, and inputs of which only what was given is sent. */
import type { Outcome, Run } from './command.ts';
import { table } from './print.ts';

export type Row = Record<string, unknown>;
export interface Items {
	items: Row[];
}

export const part = encodeURIComponent;
export const listOf =
	(path: string, columns: readonly string[], none?: string) =>
	async ({ client }: Run): Promise<Outcome> => {
		const data = (await client.call('GET', path)) as Items;
		return { data, text: table(data.items, columns, none) };
	};
export const removal =
	(path: string, what: string) =>
	async ({ client, words }: Run): Promise<Outcome> => {
		await client.call('DELETE', `${path}/${part(words[0] ?? '')}`);
		return { data: { removed: words[0] }, text: `Removed the ${what} "${words[0]}".` };
	};
/** Only what was given: an absent option leaves what is there. */
export const given = (entries: Record<string, unknown>): Row => Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
