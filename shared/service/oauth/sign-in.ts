/** A person signs in at a vendor: the link that begins it, and the vendor's way back to us. */
import * as oauth from 'oauth4webapi';
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { opened, providerOf } from '../connections.ts';
import { closeWorks } from '../escalations/close.ts';
import { iso, readPractice } from '../practice.ts';
import { newSecret, sha256 } from '../refs.ts';
import { type Admin, change, refuseTestKey } from '../setup/admin.ts';
import { checkConnection, findConnection } from '../setup/connections.ts';
import type { Deps } from '../types.ts';
import { clientOf, exchangeCode, oauthOf, type Place, serverOf } from './client.ts';
import { sealTokens } from './tokens.ts';

/** Long enough to find a password, short enough that a link left lying about is dead. */
const MINUTES = 15;

const callbackAddress = (deps: Deps): string => `${deps.config.publicUrl}/api/oauth/callback`;

const signInLabel = ({ practiceId, connection }: Place): string => `sign_in:${practiceId}:${connection}`;

interface Begun {
	verifier: string;
	/** Given again with the code, letter by letter. */
	redirect: string;
	/** Who asked for the link; the sign-in is theirs in the audit. */
	actor: string;
}

/**
 * Begins a sign-in and answers the vendor's page to open. An earlier link of the connection stops working.
 * @param name the connection, or a vendor of which the practice has one connection
 */
export async function beginSignIn(deps: Deps, admin: Admin, name: string) {
	refuseTestKey(admin);
	const place = placeOf(deps, admin.practiceId, await deps.ledger.practice(admin.practiceId, (tx) => named(tx, admin, name)));
	const { scopes: needed, optionalScopes = [], parameters, assertion } = oauthOf(place);
	const scopes = [...needed, ...optionalScopes];
	if (assertion?.(place.credentials) !== undefined)
		throw new Failure('invalid', `This connection signs in at ${place.provider.label} by itself: nobody has to. Try it with: connection check.`, {
			code: 'no_sign_in',
		});
	const { client_id } = clientOf(deps, place);
	const verifier = oauth.generateRandomCodeVerifier();
	const secret = newSecret();
	const until = new Date(deps.now() + MINUTES * 60_000);
	const redirect = callbackAddress(deps);
	const begun: Begun = { verifier, redirect, actor: admin.actor };
	await change(deps, admin, { kind: 'sign_in_begun', subject: place.connection }, (tx) =>
		tx
			.updateTable('connection')
			.set({ sign_in_hash: sha256(secret), sign_in: deps.secrets.seal(signInLabel(place), JSON.stringify(begun)), sign_in_until: until })
			.where('practice_id', '=', place.practiceId)
			.where('connection', '=', place.connection)
			.execute(),
	);
	const url = new URL(serverOf(place).authorization_endpoint ?? '');
	const query = {
		response_type: 'code',
		client_id,
		redirect_uri: redirect,
		...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
		// The practice and the connection stand in it, so that the way back is found without a scan.
		state: `${place.practiceId}.${place.connection}.${secret}`,
		code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
		code_challenge_method: 'S256',
		...parameters,
	};
	for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
	const { [place.provider.id]: elsewhere } = deps.config.vendorUrls;
	return {
		connection: place.connection,
		vendor: place.provider.id,
		authorization_url: elsewhere === undefined ? url.href : `${elsewhere}${url.pathname}${url.search}`,
		redirect_uri: redirect,
		expires_at: until.toISOString(),
	};
}

async function named(tx: Tx, admin: Admin, name: string) {
	const rows = await tx.selectFrom('connection').selectAll().where('practice_id', '=', admin.practiceId).where('vendor', '=', name).execute();
	const [only] = rows;
	const exact = rows.find((row) => row.connection === name);
	return exact ?? (only && rows.length === 1 ? only : findConnection(tx, admin, name));
}

const placeOf = (deps: Deps, practiceId: string, row: Parameters<typeof opened>[3] & { connection: string }): Place => ({
	practiceId,
	connection: row.connection,
	provider: providerOf(deps, row.vendor),
	credentials: opened(deps, practiceId, row.connection, row).credentials,
});

/**
 * The vendor sends the person back here. The state works once, whatever comes of it.
 * @throws Failure `missing` when the state is unknown, was used or is too old; `denied` when the person or the vendor said no
 */
export async function endSignIn(deps: Deps, callback: URLSearchParams): Promise<{ vendor: string; practice: string }> {
	const state = callback.get('state') ?? '';
	const [practiceId = '', connection = '', secret = ''] = state.split('.');
	if (practiceId === '' || connection === '' || secret === '') throw unknown();
	const found = await deps.ledger.practice(practiceId, (tx) => takeSignIn(deps, tx, practiceId, connection, secret));
	if (!found) throw unknown();
	const { place, begun, practice } = found;
	const tokens = await exchangeCode(deps, place, callback, state, begun.verifier, begun.redirect).catch((error: unknown) => {
		if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.OperationProcessingError)
			throw new Failure('denied', `${place.provider.label} was not connected: the sign-in was refused there. Begin again when you want to connect it.`, {
				code: 'sign_in_refused',
			});
		throw error;
	});
	await deps.ledger.practice(practiceId, async (tx) => {
		const at = iso(deps.now());
		await tx
			.updateTable('connection')
			.set((row) => ({
				tokens: sealTokens(deps, place, tokens),
				tokens_version: row('tokens_version', '+', 1),
				refresh_by: null,
				refresh_at: null,
				status: 'working',
				status_text: '',
				checked_at: at,
			}))
			.where('practice_id', '=', practiceId)
			.where('connection', '=', connection)
			.execute();
		await closeWorks(
			deps,
			tx,
			{ id: practiceId },
			{ causes: [`connection:${connection}`], test: false },
			{ outcome: 'reconnected', actor: begun.actor, why: 'Somebody signed in again.' },
		);
		await audit(tx, practiceId, [{ at, actor: begun.actor, kind: 'connection_signed_in', subject: connection, body: { vendor: place.provider.id } }]);
	});
	// Its label, and whether the account may do what is needed.
	if (place.provider.check) await checkConnection(deps, { practiceId, actor: begun.actor, test: false, operator: false }, connection);
	return { vendor: place.provider.label, practice };
}

/** Spends the state and answers what it was for. */
async function takeSignIn(deps: Deps, tx: Tx, practiceId: string, connection: string, secret: string) {
	const row = await tx
		.selectFrom('connection')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.where('sign_in_hash', '=', sha256(secret))
		.forUpdate()
		.executeTakeFirst();
	if (!row?.sign_in) return undefined;
	await tx
		.updateTable('connection')
		.set({ sign_in_hash: null, sign_in: null, sign_in_until: null })
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.execute();
	if ((row.sign_in_until?.getTime() ?? 0) < deps.now()) return undefined;
	const place = placeOf(deps, practiceId, row);
	const begun = JSON.parse(deps.secrets.open(signInLabel(place), row.sign_in)) as Begun;
	return { place, begun, practice: (await readPractice(tx, practiceId, deps.now())).name };
}

const unknown = (): Failure =>
	new Failure('missing', 'This sign-in is unknown, was used before, or took too long. Begin again: npm run dunwell -- connection authorize <name>.', {
		code: 'sign_in_unknown',
	});
