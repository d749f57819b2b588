/**
 * A practice's set-up as a consultant carries it to the next client: how reminders work, not who the practice is.
 * Left out on purpose: secrets, patients, and whatever would make one practice's patients call or pay another
 * (its numbers, its pay link, its names, its senders' addresses, where its routes lead).
 */
import { type Policy, policySchema } from '../../contracts/policy.ts';
import { upgradePolicy } from '../../contracts/policy-upgrade.ts';
import { list, object, optional, type Static, Type, text } from '../../contracts/schema.ts';
import { CHANNELS } from '../../contracts/words.ts';
import { STAFF_CHANNELS, type StaffChannel } from '../escalations/routes.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow, SHORT_NAME } from './admin.ts';
import { writePolicy } from './policy.ts';
import { BUILTIN_ROUTE } from './routes.ts';
import { settingsSchema } from './settings.ts';

const shortName = Type.String({ pattern: SHORT_NAME });
const carried = object(
	{
		share_your_reference: settingsSchema.properties.share_your_reference,
		final_share: settingsSchema.properties.final_share,
	},
	{ title: 'Settings', description: 'Settings that are the same at every client.' },
);

export const snapshotSchema = object({
	version: Type.Literal(1, { title: 'Version', description: 'The version of this format.' }),
	policy: policySchema,
	settings: carried,
	routes: list(
		object({
			route: shortName,
			label: Type.String({ minLength: 1, maxLength: 80 }),
			connection: optional(shortName),
			channel: optional(Type.Enum(Object.keys(STAFF_CHANNELS))),
			vendor: optional(Type.String({ maxLength: 40 })),
		}),
		'Routes',
		'Where staff work goes, by short name.',
		{ maxItems: 200 },
	),
	senders: list(
		object({ channel: Type.Enum(Object.keys(CHANNELS)), connection: shortName, vendor: Type.String({ maxLength: 40 }) }),
		'Senders',
		'Which connection carries each channel.',
		{ maxItems: 6 },
	),
	name: optional(text('Name', 'What the snapshot is of, for people.', { maxLength: 120 })),
});
export type Snapshot = Static<typeof snapshotSchema>;

/** A snapshot is kept in files for years: its policy may be of an older version. */
export const upgradeSnapshot = (body: unknown): unknown =>
	typeof body === 'object' && body !== null && 'policy' in body ? { ...body, policy: upgradePolicy(body.policy) } : body;

export async function readSnapshot(deps: Deps, admin: Admin): Promise<Snapshot> {
	return deps.ledger.practice(admin.practiceId, async (tx) => {
		const practice = await practiceRow(tx, admin.practiceId);
		const connections = await tx.selectFrom('connection').select(['connection', 'vendor']).where('practice_id', '=', admin.practiceId).execute();
		const vendorOf = new Map(connections.map((row) => [row.connection, row.vendor]));
		const routes = await tx
			.selectFrom('route')
			.select(['route', 'label', 'connection', 'channel'])
			.where('practice_id', '=', admin.practiceId)
			.orderBy('route')
			.execute();
		const senders = await tx.selectFrom('sender').select(['channel', 'connection']).where('practice_id', '=', admin.practiceId).orderBy('channel').execute();
		const { share_your_reference, final_share } = practice.settings as Snapshot['settings'];
		return {
			version: 1,
			policy: upgradePolicy(practice.policy) as Policy,
			settings: { ...(share_your_reference === undefined ? {} : { share_your_reference }), ...(final_share === undefined ? {} : { final_share }) },
			routes: routes.map((row) => ({
				route: row.route,
				label: row.label,
				...(row.connection === null ? {} : { connection: row.connection, vendor: vendorOf.get(row.connection) ?? '' }),
				...(row.channel === null ? {} : { channel: row.channel as StaffChannel }),
			})),
			senders: senders.map((row) => ({
				channel: row.channel as keyof typeof CHANNELS,
				connection: row.connection,
				vendor: vendorOf.get(row.connection) ?? '',
			})),
		};
	});
}

/** Applies it and says what is left to do by hand. Routes that exist keep where they lead and whose they are. */
export async function applySnapshot(deps: Deps, admin: Admin, snapshot: Snapshot): Promise<{ applied: true; left: string[]; left_text: string }> {
	await writePolicy(deps, admin, snapshot.policy);
	const left: string[] = [];
	await change(
		deps,
		admin,
		{ kind: 'snapshot_applied', body: { routes: snapshot.routes.map((route) => route.route), settings: snapshot.settings } },
		async (tx) => {
			const practice = await tx.selectFrom('practice').select('settings').where('practice_id', '=', admin.practiceId).forUpdate().executeTakeFirstOrThrow();
			await tx
				.updateTable('practice')
				.set({ settings: JSON.stringify({ ...(practice.settings as object), ...snapshot.settings }) })
				.where('practice_id', '=', admin.practiceId)
				.execute();
			const connections = new Set(
				(await tx.selectFrom('connection').select('connection').where('practice_id', '=', admin.practiceId).execute()).map((row) => row.connection),
			);
			const senders = new Set<string>(
				(await tx.selectFrom('sender').select('channel').where('practice_id', '=', admin.practiceId).execute()).map((row) => row.channel),
			);
			for (const { route, label, connection, channel, vendor } of snapshot.routes) {
				if (route === BUILTIN_ROUTE.route) continue;
				const known = connection !== undefined && connections.has(connection);
				const before = await tx
					.selectFrom('route')
					.select(['connection', 'target'])
					.where('practice_id', '=', admin.practiceId)
					.where('route', '=', route)
					.executeTakeFirst();
				if (before) await tx.updateTable('route').set({ label }).where('practice_id', '=', admin.practiceId).where('route', '=', route).execute();
				else
					await tx
						.insertInto('route')
						.values({ practice_id: admin.practiceId, route, label, ...(known ? { connection, channel: channel ?? null } : {}) })
						.execute();
				if (connection !== undefined && !known) left.push(`Connect "${connection}" (${vendor ?? 'a vendor'}) and set the route "${route}" to it.`);
				else if (connection !== undefined && (before?.target ?? '') === '')
					left.push(`Set the target${channel ? ' and the sender' : ''} of the route "${route}".`);
			}
			for (const { channel, connection, vendor } of snapshot.senders) {
				if (senders.has(channel)) continue;
				left.push(connections.has(connection) ? `Set the sender for ${channel}.` : `Connect "${connection}" (${vendor}), then set the sender for ${channel}.`);
			}
		},
	);
	return { applied: true, left, left_text: left.join('\n') };
}
