/** A practice's vendor accounts, opened: provider, credentials and an HTTP client that carries them. */
import { Failure } from '../contracts/failure.ts';
import type { Provider, VendorHttp } from '../contracts/provider.ts';
import type { Tx } from '../ledger/open.ts';
import { signedIn } from './oauth/tokens.ts';
import { closeTurns, type Pace, paceOf } from './turns.ts';
import type { Deps } from './types.ts';
import { createVendorHttp } from './vendor-http.ts';

export interface OpenConnection {
	name: string;
	provider: Provider;
	// biome-ignore lint/suspicious/noExplicitAny: credentials have the shape of the provider's own auth schema, checked when they were stored
	credentials: any;
	http: VendorHttp;
	/** How fast its account takes messages. */
	pace?: Pace | undefined;
}

/** Binds sealed credentials to their row: they cannot be moved to another connection. */
export const credentialsLabel = (practiceId: string, connection: string): string => `connection:${practiceId}:${connection}`;

/** Binds the sealed address of a vendor's webhooks to its row. */
export const hookLabel = (practiceId: string, connection: string): string => `hook:${practiceId}:${connection}`;

/** Where the vendor calls us for this connection; a credential. */
export const hookAddress = (deps: Deps, row: { practice_id: string; connection: string; vendor: string; hook_secret: Uint8Array }): string =>
	`${deps.config.publicUrl}/api/hooks/${row.vendor}/${deps.secrets.open(hookLabel(row.practice_id, row.connection), row.hook_secret)}`;

/** The same for a message that is to be sent; a connection without a row, the sandbox of a test, is reported by nobody. */
export async function hookUrl(deps: Deps, tx: Tx, practiceId: string, connection: string): Promise<string> {
	const row = await tx
		.selectFrom('connection')
		.select(['practice_id', 'connection', 'vendor', 'hook_secret'])
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.executeTakeFirst();
	return row ? hookAddress(deps, row) : deps.config.publicUrl;
}

export const sealCredentials = (deps: Deps, practiceId: string, connection: string, credentials: object): Uint8Array =>
	deps.secrets.seal(credentialsLabel(practiceId, connection), JSON.stringify(credentials));

export function providerOf(deps: Deps, vendor: string): Provider {
	const provider = deps.providers[vendor];
	if (!provider)
		throw new Failure('missing', `There is no vendor "${vendor.slice(0, 40)}". Choose one of: ${Object.keys(deps.providers).sort().join(', ')}.`, {
			code: 'unknown_vendor',
		});
	return provider;
}

/** @throws Failure `missing` when the practice has no such connection */
export async function openConnection(deps: Deps, tx: Tx, practiceId: string, connection: string): Promise<OpenConnection> {
	const row = await tx
		.selectFrom('connection')
		.select(['vendor', 'credentials', 'tokens'])
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.executeTakeFirst();
	if (!row)
		throw new Failure('missing', `There is no connection "${connection}". Add it with: npm run dunwell -- connection add.`, { code: 'connection_not_found' });
	return opened(deps, practiceId, connection, row);
}

export function opened(
	deps: Deps,
	practiceId: string,
	connection: string,
	row: { vendor: string; credentials: Uint8Array; tokens: Uint8Array | null },
): OpenConnection {
	const provider = providerOf(deps, row.vendor);
	const credentials = JSON.parse(deps.secrets.open(credentialsLabel(practiceId, connection), row.credentials)) as Record<string, unknown>;
	const pace = paceOf(practiceId, connection, provider, credentials, deps.config.vendorRates[row.vendor]);
	const http = createVendorHttp({
		provider,
		credentials,
		vendorUrls: deps.config.vendorUrls,
		allowLoopback: !deps.config.production,
		now: deps.now,
		...(pace ? { onLimited: (seconds: number) => deps.ledger.practice(practiceId, (tx) => closeTurns(tx, pace, seconds)) } : {}),
	});
	return {
		name: connection,
		pace,
		provider,
		credentials,
		http: provider.oauth ? signedIn(deps, { practiceId, connection, provider, credentials }, row.tokens, http) : http,
	};
}
