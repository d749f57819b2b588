/** Our side of OAuth 2 at one vendor, by oauth4webapi: who we are there, and what each refusal means. */
import * as oauth from 'oauth4webapi';
import { Failure } from '../../contracts/failure.ts';
import type { Provider } from '../../contracts/provider.ts';
import type { OAuthClient } from '../config.ts';
import type { Deps } from '../types.ts';
import { createVendorFetch } from '../vendor-http.ts';

/** A connection as its sign-in sees it. */
export interface Place {
	practiceId: string;
	connection: string;
	provider: Provider;
	credentials: Record<string, unknown>;
}

export interface Tokens {
	access_token: string;
	refresh_token?: string;
	/** Milliseconds since 1970. */
	issued_at: number;
	expires_at: number;
}

/** Where a vendor does not say how long its token lives. */
const USUAL_SECONDS = 3600;

/** @throws Failure `invalid` when nobody signs in at this vendor */
export function oauthOf({ provider }: Pick<Place, 'provider'>): NonNullable<Provider['oauth']> {
	if (!provider.oauth)
		throw new Failure('invalid', `Nobody signs in at ${provider.label}: its connection works by its credentials alone.`, { code: 'no_sign_in' });
	return provider.oauth;
}

export const signInCommand = (connection: string): string => `npm run dunwell -- connection authorize ${connection}`;

/**
 * The connection's own client, else the operator's for all practices.
 * @throws Failure `invalid` when there is neither
 */
export function clientOf(deps: Deps, { provider, credentials }: Place): OAuthClient {
	if (typeof credentials['client_id'] === 'string')
		return {
			client_id: credentials['client_id'],
			...(typeof credentials['client_secret'] === 'string' ? { client_secret: credentials['client_secret'] } : {}),
		};
	const client = deps.config.oauthClients[provider.id];
	if (!client)
		throw new Failure(
			'invalid',
			`${provider.label} needs an app's client id: give client_id and client_secret with the connection, or let the operator set DUNWELL_OAUTH_CLIENTS.`,
			{ code: 'oauth_client_missing' },
		);
	return client;
}

export const serverOf = (place: Place): oauth.AuthorizationServer => {
	const { authorizationUrl, tokenUrl } = oauthOf(place);
	const authorization = authorizationUrl(place.credentials);
	return { issuer: new URL(authorization).origin, authorization_endpoint: authorization, token_endpoint: tokenUrl(place.credentials) };
};

/**
 * RFC 6749, 2.3.1: id and secret as a form writes them. The library's own way also writes - and _ as %2D and %5F, which
 * whoever does not read that back takes for another id.
 */
const inHeader =
	(secret: string): oauth.ClientAuth =>
	(_server, { client_id }, _body, headers) =>
		headers.set('authorization', `Basic ${Buffer.from(`${formEncoded(client_id)}:${formEncoded(secret)}`).toString('base64')}`);

const formEncoded = (word: string): string => new URLSearchParams([['', word]]).toString().slice(1);

/** What every call to the token endpoint needs. */
function caller(deps: Deps, place: Place) {
	const { client_id, client_secret } = clientOf(deps, place);
	const way = oauthOf(place).clientAuth === 'basic' ? inHeader : oauth.ClientSecretPost;
	const fetch = createVendorFetch({ provider: place.provider, vendorUrls: deps.config.vendorUrls, now: deps.now });
	return {
		server: serverOf(place),
		client: { client_id },
		auth: client_secret === undefined ? oauth.None() : way(client_secret),
		options: { [oauth.customFetch]: (url: string, init: Parameters<typeof fetch>[1]) => fetch(url, init) },
	};
}

/** @throws Failure as `failureOf` has it; AuthorizationResponseError when the person or the vendor said no */
export async function exchangeCode(deps: Deps, place: Place, callback: URLSearchParams, state: string, verifier: string, redirect: string): Promise<Tokens> {
	const { server, client, auth, options } = caller(deps, place);
	const parameters = oauth.validateAuthResponse(server, client, callback, state);
	return asking(deps, place, async () => {
		const response = await oauth.authorizationCodeGrantRequest(server, client, auth, parameters, redirect, verifier, options);
		return oauth.processAuthorizationCodeResponse(server, client, response);
	});
}

/** A new access token, by the assertion that stands in for a person, else by the refresh token. @throws Failure as `failureOf` has it */
export async function renew(deps: Deps, place: Place, old: Tokens | undefined): Promise<Tokens> {
	const { server, client, auth, options } = caller(deps, place);
	const assertion = oauthOf(place).assertion?.(place.credentials);
	const renewed = await asking(deps, place, async () => {
		if (assertion !== undefined) {
			const response = await oauth.genericTokenEndpointRequest(server, client, auth, 'urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion }, options);
			return oauth.processGenericTokenEndpointResponse(server, client, response);
		}
		const response = await oauth.refreshTokenGrantRequest(server, client, auth, old?.refresh_token ?? '', options);
		return oauth.processRefreshTokenResponse(server, client, response);
	});
	// A vendor that rotates gives a new refresh token and forgets the old one; one that does not gives none.
	return { ...(old?.refresh_token === undefined ? {} : { refresh_token: old.refresh_token }), ...renewed };
}

async function asking(deps: Deps, place: Place, ask: () => Promise<oauth.TokenEndpointResponse>): Promise<Tokens> {
	const at = deps.now();
	try {
		const answer = await ask();
		requireScopes(place, answer.scope);
		return {
			access_token: answer.access_token,
			...(answer.refresh_token === undefined ? {} : { refresh_token: answer.refresh_token }),
			issued_at: at,
			expires_at: at + (answer.expires_in ?? USUAL_SECONDS) * 1000,
		};
	} catch (error) {
		throw failureOf(place, error);
	}
}

/** People may untick what was asked for; a token without it would fail message by message. */
function requireScopes(place: Place, granted: string | undefined): void {
	if (granted === undefined) return;
	const given = granted.split(/[\s,]+/).map(scopeName);
	// Whoever may come back later is told by a refresh token, not by a scope.
	const missing = oauthOf(place).scopes.filter((scope) => scope !== 'offline_access' && !given.includes(scopeName(scope)));
	if (missing.length > 0)
		throw new Failure(
			'auth',
			`${place.provider.label} was not allowed what Dunwell needs (${missing.join(', ')}). Sign in again and leave everything ticked.`,
			{
				code: 'scope_not_granted',
			},
		);
}

/** Vendors answer with the whole address of a scope or with its last word, in letters of their own. */
const scopeName = (scope: string): string => scope.toLowerCase().replace(/\/+$/, '').replace(/^.*\//, '');

/**
 * What the token endpoint's refusal means: `auth` when only a person can mend it (`sign_in_over`: by signing in again;
 * `oauth_client_refused`: by correcting the app's id or secret), `limited` and `unavailable` when waiting does.
 */
function failureOf(place: Place, error: unknown): Failure {
	const { provider } = place;
	if (error instanceof Failure) return error;
	if (error instanceof oauth.ResponseBodyError) {
		const vendorCode = /^[\w.-]{1,60}$/.test(error.error) ? { vendorCode: error.error } : {};
		if (error.error === 'invalid_grant' || error.error === 'interaction_required')
			return new Failure('auth', `${provider.label} does not accept ${whyOver(place)}`, { code: 'sign_in_over', ...vendorCode });
		if (error.error === 'invalid_client' || error.error === 'unauthorized_client') return clientRefused(provider);
		return byStatus(provider, error.status, vendorCode);
	}
	if (error instanceof oauth.WWWAuthenticateChallengeError) return clientRefused(provider);
	const response = error instanceof oauth.OperationProcessingError && error.cause instanceof Response ? error.cause : undefined;
	return byStatus(provider, response?.status ?? 200, {});
}

const whyOver = ({ provider: { oauth }, credentials, connection }: Place): string =>
	oauth?.assertion?.(credentials) === undefined
		? `the sign-in any more: it was revoked, has expired, or was used before. Sign in again: ${signInCommand(connection)}`
		: 'the signed statement of the connection (JWT): it was revoked, has expired, or belongs to another app. Make a new one there and change the connection.';

const clientRefused = ({ label }: Provider): Failure =>
	new Failure(
		'auth',
		`${label} does not accept the app's client id or secret. A secret may have expired: make a new one at ${label} and change the connection.`,
		{
			code: 'oauth_client_refused',
		},
	);

const byStatus = ({ label }: Provider, status: number, options: { vendorCode?: string }): Failure => {
	if (status === 429)
		return new Failure('limited', `${label} receives too many sign-ins at the moment. Wait and try again.`, { retryAfterSeconds: 60, ...options });
	if (status >= 500) return new Failure('unavailable', `${label} cannot renew the sign-in at the moment. Try again in a few minutes.`, options);
	return new Failure('broken', `${label} answered the sign-in with something that is not understood. Check the app's settings at ${label}.`, {
		code: 'sign_in_not_understood',
		...options,
	});
};
