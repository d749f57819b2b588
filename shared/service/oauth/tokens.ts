/**
 * The tokens of a signed-in connection: renewed before they end, by one process at a time, because a vendor that rotates
 * its refresh tokens takes each of them once and may end the whole sign-in when one comes twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { VendorHttp } from '../../contracts/provider.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { connectionBroken } from '../connection-status.ts';
import { iso, readPractice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { oauthOf, type Place, renew, signInCommand, type Tokens } from './client.ts';

/** A token that ends within this is renewed first: a call must not outlive it. Of one that lives shortly, half its life. */
const EARLY_MS = 300_000;
/** No token endpoint takes so long: the claim is of a process that ended. */
const CLAIM_MS = 60_000;
/** How long to wait for another process's renewal, and how often to look. */
const WAIT_MS = 30_000;
const LOOK_MS = 100;
/** A token this young that is refused will not be mended by another one. */
const YOUNG_MS = 60_000;

/** Binds sealed tokens to their row, as the credentials are. */
const tokensLabel = ({ practiceId, connection }: Place): string => `tokens:${practiceId}:${connection}`;

const openTokens = (deps: Deps, place: Place, sealed: Uint8Array | null): Tokens | undefined =>
	sealed === null ? undefined : (JSON.parse(deps.secrets.open(tokensLabel(place), sealed)) as Tokens);

export const sealTokens = (deps: Deps, place: Place, tokens: Tokens): Uint8Array => deps.secrets.seal(tokensLabel(place), JSON.stringify(tokens));

/** The client of a connection, with a token that is good at the moment of each call; one that is refused all the same is renewed once. */
export function signedIn(deps: Deps, place: Place, sealed: Uint8Array | null, http: VendorHttp): VendorHttp {
	let known = openTokens(deps, place, sealed);
	const carry = (tokens: Tokens | undefined): void => {
		known = tokens;
		// The client and the provider read it here, at each call.
		if (tokens) place.credentials['access_token'] = tokens.access_token;
		else delete place.credentials['access_token'];
	};
	carry(known);
	return {
		async send(request) {
			if (!isGood(deps, known)) carry(await current(deps, place));
			const used = known;
			try {
				return await http.send(request);
			} catch (error) {
				// The vendor did nothing: it did not know who asked.
				if (!(error instanceof Failure) || error.kind !== 'auth' || !used || deps.now() - used.issued_at < YOUNG_MS) throw error;
				carry(await current(deps, place, used.access_token));
				return await http.send(request);
			}
		},
	};
}

const isGood = (deps: Deps, tokens: Tokens | undefined): boolean =>
	tokens !== undefined && tokens.expires_at - deps.now() > Math.min(EARLY_MS, (tokens.expires_at - tokens.issued_at) / 2);

/**
 * The tokens as they are now, renewed where they must be. undefined: nobody signed in, and nobody has to.
 * @param refused an access token that the vendor did not take although its time is not over
 * @throws Failure `auth` when a person has to sign in; the connection is shown as broken then
 */
async function current(deps: Deps, place: Place, refused?: string): Promise<Tokens | undefined> {
	for (const end = Date.now() + WAIT_MS; Date.now() < end; await delay(LOOK_MS)) {
		const found = await deps.ledger.practice(place.practiceId, (tx) => look(deps, tx, place, refused));
		if (found.claim) return renewClaimed(deps, place, found.claim, refused);
		if (found.done) return found.tokens;
	}
	throw new Failure('unavailable', `The sign-in at ${place.provider.label} is being renewed and takes long. Try again in a minute.`, {
		code: 'sign_in_renewing',
	});
}

interface Claim {
	id: string;
	version: number;
	tokens: Tokens | undefined;
}

interface Look {
	/** The tokens may be used, or there are none to wait for. */
	done?: true;
	tokens?: Tokens | undefined;
	/** This process is to renew them. */
	claim?: Claim;
}

/** Reads the row, and takes it for renewing in the same transaction: of many that look at once, one takes it. */
async function look(deps: Deps, tx: Tx, place: Place, refused: string | undefined): Promise<Look> {
	const { practiceId, connection } = place;
	const row = await tx
		.selectFrom('connection')
		.select(['tokens', 'tokens_version'])
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.executeTakeFirst();
	if (!row) throw new Failure('missing', `There is no connection "${connection}" any more.`, { code: 'connection_not_found' });
	const tokens = openTokens(deps, place, row.tokens);
	if (isGood(deps, tokens) && tokens?.access_token !== refused) return { done: true, tokens };
	if (!canRenew(place, tokens)) {
		if (tokens && tokens.expires_at > deps.now() && tokens.access_token !== refused) return { done: true, tokens };
		if (oauthOf(place).optional && !tokens) return { done: true };
		throw new Failure('auth', `Nobody is signed in at ${place.provider.label}. Sign in: ${signInCommand(connection)}`, { code: 'not_signed_in' });
	}
	const now = deps.now();
	const id = newRef('renewal');
	const taken = await tx
		.updateTable('connection')
		.set({ refresh_by: id, refresh_at: iso(now) })
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.where('tokens_version', '=', row.tokens_version)
		.where(sql<boolean>`(refresh_by is null or refresh_at < ${iso(now - CLAIM_MS)})`)
		.returning('connection')
		.executeTakeFirst();
	return taken ? { claim: { id, version: row.tokens_version, tokens } } : {};
}

const canRenew = (place: Place, tokens: Tokens | undefined): boolean =>
	tokens?.refresh_token !== undefined || oauthOf(place).assertion?.(place.credentials) !== undefined;

async function renewClaimed(deps: Deps, place: Place, claim: Claim, refused: string | undefined): Promise<Tokens> {
	try {
		const tokens = await renew(deps, place, claim.tokens);
		await deps.ledger.practice(place.practiceId, async (tx) => {
			if (!(await store(deps, tx, place, claim, tokens))) await giveBack(tx, place, claim);
		});
		return tokens;
	} catch (error) {
		if (error instanceof Failure && error.kind === 'auth') await deps.ledger.practice(place.practiceId, (tx) => breakOff(deps, tx, place, claim, error));
		else await deps.ledger.practice(place.practiceId, (tx) => giveBack(tx, place, claim));
		// A vendor whose sign-in is down for a moment still takes the token that has minutes left.
		const { tokens } = claim;
		if (error instanceof Failure && error.kind !== 'auth' && tokens && tokens.access_token !== refused && tokens.expires_at > deps.now()) return tokens;
		throw error;
	}
}

/** Only over the tokens it was renewed from: a sign-in that ended meanwhile is newer. */
const write = (tx: Tx, { practiceId, connection }: Place, { version }: Pick<Claim, 'version'>, values: { tokens?: Uint8Array | null }) =>
	tx
		.updateTable('connection')
		.set({ refresh_by: null, refresh_at: null, ...('tokens' in values ? { ...values, tokens_version: version + 1 } : {}) })
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.where('tokens_version', '=', version)
		.returning('connection')
		.executeTakeFirst();

const store = (deps: Deps, tx: Tx, place: Place, claim: Claim, tokens: Tokens) => write(tx, place, claim, { tokens: sealTokens(deps, place, tokens) });

const giveBack = (tx: Tx, { practiceId, connection }: Place, { id }: Claim) =>
	tx
		.updateTable('connection')
		.set({ refresh_by: null, refresh_at: null })
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.where('refresh_by', '=', id)
		.execute();

async function breakOff(deps: Deps, tx: Tx, place: Place, claim: Claim, failure: Failure): Promise<void> {
	const { practiceId, connection, provider } = place;
	// A revoked sign-in is forgotten, or each message would ask with it again; a wrong client secret is mended without a new sign-in.
	const written = failure.code === 'sign_in_over' ? await write(tx, place, claim, { tokens: null }) : await write(tx, place, claim, {});
	if (!written) return;
	await connectionBroken(deps, tx, await readPractice(tx, practiceId, deps.now()), { name: connection, provider }, failure);
	await audit(tx, practiceId, [
		{ at: iso(deps.now()), actor: `vendor:${provider.id}`, kind: 'connection_broken', subject: connection, body: { code: failure.code } },
	]);
}
