/** A practice's accounts at vendors: credentials sealed, an address for the vendor's webhooks, and whether it works. */
import { sql } from 'kysely';
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Provider } from '../../contracts/provider.ts';
import { flag, object, optional, plain, type Static, Type, text } from '../../contracts/schema.ts';
import { errorsOf } from '../../contracts/validate.ts';
import type { Tx } from '../../ledger/open.ts';
import { type OpenConnection, opened, sealCredentials } from '../connections.ts';
import { newSecret, sha256 } from '../refs.ts';
import { enterHook } from '../registration.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, refuseTestKey, SHORT_NAME } from './admin.ts';

/** Binds the sealed address to its row, as credentialsLabel does the credentials. */
const hookLabel = (practiceId: string, connection: string): string => `hook:${practiceId}:${connection}`;

const words = {
	label: text('Label', "How staff know it; the vendor's own account name when left out.", { maxLength: 120 }),
	// What each vendor asks for is in its own schema (GET /api/setup/vendors); it is checked against that.
	credentials: Type.Record(Type.String(), Type.Unknown(), {
		title: 'Credentials',
		description: 'What the vendor asks for, by the names of GET /api/setup/vendors.',
	}),
	final_share: flag('Final Patient Share', 'Whether every amount from this source is what remains after insurance.'),
	check: flag('Check', 'Whether to try the credentials at the vendor now.', { default: true }),
};
export const newConnectionSchema = object({
	connection: text('Connection', "The practice's own short name for it, such as texting.", { pattern: SHORT_NAME }),
	vendor: text('Vendor', 'The vendor, by its id of GET /api/setup/vendors.', { minLength: 1, maxLength: 40 }),
	credentials: optional(words.credentials),
	label: optional(words.label),
	final_share: optional(words.final_share),
	check: optional(words.check),
});
export const connectionChangeSchema = object({
	credentials: optional(words.credentials),
	label: optional(words.label),
	final_share: optional(words.final_share),
	check: optional(words.check),
});

/** The vendors this service knows, with the fields that each asks for. */
export function listVendors(deps: Deps) {
	return {
		items: Object.values(deps.providers).map((provider) => {
			const auth = plain(provider.auth);
			return {
				vendor: provider.id,
				label: provider.label,
				docs: provider.docs,
				does: [
					...(provider.send ? provider.send.channels.map((channel) => `send ${channel}`) : []),
					...(['read', 'webhook', 'work', 'remind'] as const).filter((capability) => provider[capability]),
				],
				...(provider.oauth ? { sign_in: provider.oauth.optional || provider.oauth.assertion ? 'possible' : 'needed' } : {}),
				credentials: Object.entries(auth.properties).map(([name, field]) => ({
					name,
					title: field.title,
					description: field.description,
					required: auth.required?.includes(name) ?? false,
					secret: field.format === 'password',
				})),
			};
		}),
	};
}

export async function createConnection(deps: Deps, admin: Admin, input: Static<typeof newConnectionSchema>) {
	const provider = knownProvider(deps, input.vendor);
	const credentials = checkCredentials(provider, input.credentials ?? {});
	const { connection } = input;
	const { practiceId } = admin;
	// The practice and the connection stand in the address, so that an incoming call is found without a scan.
	const secret = `${practiceId}.${connection}.${newSecret()}`;
	await change(deps, admin, { kind: 'connection_created', subject: connection, body: { vendor: provider.id } }, async (tx, at) => {
		const written = await tx
			.insertInto('connection')
			.values({
				practice_id: practiceId,
				connection,
				vendor: provider.id,
				label: input.label ?? '',
				credentials: sealCredentials(deps, practiceId, connection, credentials),
				hook_hash: sha256(secret),
				hook_secret: deps.secrets.seal(hookLabel(practiceId, connection), secret),
				final_share: input.final_share ?? null,
				created_at: at,
			})
			.onConflict((conflict) => conflict.doNothing())
			.returning('connection')
			.execute();
		if (written.length === 0)
			throw new Failure('conflict', `This practice already has a connection "${connection}". Choose another short name, or change that one with PUT.`, {
				code: 'connection_exists',
			});
	});
	// A test key causes no request to a vendor.
	return input.check === false || admin.test ? showOne(deps, admin, connection) : checkConnection(deps, admin, connection);
}

/** Given credentials replace the old ones whole; the address for webhooks stays. */
export async function changeConnection(deps: Deps, admin: Admin, connection: string, input: Static<typeof connectionChangeSchema>) {
	const fields = Object.keys(input).filter((name) => name !== 'check');
	await change(deps, admin, { kind: 'connection_changed', subject: connection, body: { fields } }, async (tx) => {
		const row = await findConnection(tx, admin, connection);
		const values = {
			...(input.label === undefined ? {} : { label: input.label }),
			...(input.final_share === undefined ? {} : { final_share: input.final_share }),
			...(input.credentials === undefined ? {} : sealed(deps, admin, connection, checkCredentials(knownProvider(deps, row.vendor), input.credentials))),
		};
		if (Object.keys(values).length > 0)
			await tx.updateTable('connection').set(values).where('practice_id', '=', admin.practiceId).where('connection', '=', connection).execute();
	});
	return input.credentials === undefined || input.check === false || admin.test ? showOne(deps, admin, connection) : checkConnection(deps, admin, connection);
}

const sealed = (deps: Deps, admin: Admin, connection: string, credentials: object) => ({
	credentials: sealCredentials(deps, admin.practiceId, connection, credentials),
	// What was signed in, or is being, belonged to the old ones.
	tokens: null,
	refresh_by: null,
	refresh_at: null,
	sign_in_hash: null,
	sign_in: null,
	sign_in_until: null,
	tokens_version: sql<number>`tokens_version + 1`,
	status: 'unchecked',
	status_text: '',
	checked_at: null,
});

export async function listConnections(deps: Deps, admin: Admin) {
	const rows = await deps.ledger.practice(admin.practiceId, (tx) =>
		tx.selectFrom('connection').selectAll().where('practice_id', '=', admin.practiceId).orderBy('connection').execute(),
	);
	return { items: rows.map((row) => show(deps, row)) };
}

/** Calls the vendor, outside any transaction, and remembers what it said. One that works is told where to report. */
export async function checkConnection(deps: Deps, admin: Admin, connection: string) {
	refuseTestKey(admin);
	const row = await deps.ledger.practice(admin.practiceId, (tx) => findConnection(tx, admin, connection));
	const open = opened(deps, admin.practiceId, connection, row);
	const tried = await tryConnection(open, row);
	const found = tried.status === 'working' ? { ...tried, text: await enterHook(deps, admin.practiceId, open) } : tried;
	await change(deps, admin, { kind: 'connection_checked', subject: connection, body: { status: found.status } }, (tx, at) =>
		tx
			.updateTable('connection')
			.set({ status: found.status, status_text: found.text, checked_at: at, ...(row.label === '' && found.label ? { label: found.label } : {}) })
			.where('practice_id', '=', admin.practiceId)
			.where('connection', '=', connection)
			.execute(),
	);
	return showOne(deps, admin, connection);
}

async function tryConnection(
	{ provider, credentials, http }: OpenConnection,
	before: { status: string; status_text: string },
): Promise<{ status: 'working' | 'broken' | 'unchecked'; text: string; label?: string }> {
	if (!provider.check) return { status: 'unchecked', text: `${provider.label} offers no way to try a connection; the first message or webhook will show.` };
	try {
		const { label } = await provider.check(http, credentials);
		return { status: 'working', text: '', label };
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		// What was signed in once and is not any more stays broken.
		if (error.code === 'not_signed_in' && before.status === 'broken') return { status: 'broken', text: before.status_text };
		// A vendor that is away says nothing about the credentials; nor does one at which nobody has signed in yet.
		const silent = error.kind === 'unavailable' || error.kind === 'limited' || error.code === 'not_signed_in';
		return { status: silent ? 'unchecked' : 'broken', text: error.message };
	}
}

export async function removeConnection(deps: Deps, admin: Admin, connection: string): Promise<void> {
	await change(deps, admin, { kind: 'connection_removed', subject: connection }, async (tx) => {
		await findConnection(tx, admin, connection);
		const senders = await tx.selectFrom('sender').select('channel').where('practice_id', '=', admin.practiceId).where('connection', '=', connection).execute();
		const routes = await tx.selectFrom('route').select('route').where('practice_id', '=', admin.practiceId).where('connection', '=', connection).execute();
		const users = [...senders.map((sender) => `the sender for ${sender.channel}`), ...routes.map((route) => `the route "${route.route}"`)];
		if (users.length > 0)
			throw new Failure('conflict', `This connection is used by ${users.join(' and ')}. Give them another connection or remove them first.`, {
				code: 'connection_in_use',
			});
		await tx.deleteFrom('connection').where('practice_id', '=', admin.practiceId).where('connection', '=', connection).execute();
	});
}

/** @throws Failure `missing` when the practice has no such connection */
export async function findConnection(tx: Tx, admin: Pick<Admin, 'practiceId'>, connection: string) {
	const row = await tx.selectFrom('connection').selectAll().where('practice_id', '=', admin.practiceId).where('connection', '=', connection).executeTakeFirst();
	if (!row)
		throw new Failure('missing', `This practice has no connection "${connection}". GET /api/setup/connections lists them.`, { code: 'connection_unknown' });
	return row;
}

type ConnectionRow = Awaited<ReturnType<typeof findConnection>>;

const showOne = async (deps: Deps, admin: Admin, connection: string) =>
	show(deps, await deps.ledger.practice(admin.practiceId, (tx) => findConnection(tx, admin, connection)));

function show(deps: Deps, row: ConnectionRow) {
	const provider = deps.providers[row.vendor];
	const receives = provider?.webhook !== undefined;
	return {
		connection: row.connection,
		vendor: row.vendor,
		vendor_label: provider?.label ?? row.vendor,
		label: row.label,
		status: row.status,
		status_text: row.status_text,
		checked_at: row.checked_at?.toISOString() ?? '',
		...(provider?.oauth ? { signed_in: row.tokens !== null } : {}),
		...(row.final_share === null ? {} : { final_share: row.final_share }),
		hook_url: receives
			? `${deps.config.publicUrl}/api/hooks/${row.vendor}/${deps.secrets.open(hookLabel(row.practice_id, row.connection), row.hook_secret)}`
			: '',
		hook_setup: provider?.webhook?.setup ?? '',
	};
}

function knownProvider(deps: Deps, vendor: string): Provider {
	const provider = Object.hasOwn(deps.providers, vendor) ? deps.providers[vendor] : undefined;
	if (!provider) throw invalidField('vendor', `"vendor" must be one of: ${Object.keys(deps.providers).join(', ')}.`);
	return provider;
}

function checkCredentials(provider: Provider, credentials: Record<string, unknown>): Record<string, unknown> {
	const errors = errorsOf(provider.auth, credentials).map(({ field, message }) => ({ field: `credentials.${field}`, message }));
	if (errors.length === 0) return credentials;
	const asks = (provider.auth.required ?? []).join(', ');
	throw new Failure('invalid', `The credentials are not what ${provider.label} needs (${asks || 'none'}): ${errors[0]?.message ?? ''}`, {
		code: 'invalid_fields',
		fields: errors,
	});
}
