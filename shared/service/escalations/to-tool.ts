/** Staff work in a connected tool: one item, which follows the work to its end. */
import { Failure } from '../../contracts/failure.ts';
import type { WorkItem } from '../../contracts/provider.ts';
import type { OpenConnection } from '../connections.ts';
import type { Task } from './place.ts';

/** What the tool calls its item from now on; a field that is absent stays as it was. */
export interface Told {
	external_id?: string;
	external_link?: string | null;
}

/** @throws Failure `invalid` when the vendor holds no staff work */
export async function tellTool({ provider, http, credentials }: OpenConnection, kind: Task['kind'], externalId: string, item: WorkItem): Promise<Told> {
	const { work } = provider;
	if (!work) throw new Failure('invalid', `${provider.label} cannot hold staff work`);
	if (kind === 'open') {
		const { externalId: id, link = null } = await work.open(http, credentials, item);
		return { external_id: id, external_link: link };
	}
	if (kind !== 'update') {
		await work.close?.(http, credentials, externalId, item);
		return {};
	}
	const told = await work.update?.(http, credentials, externalId, item);
	return told === undefined ? {} : { external_id: told.externalId, ...(told.link === undefined ? {} : { external_link: told.link }) };
}
