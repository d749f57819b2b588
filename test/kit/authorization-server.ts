/**
 * A vendor on this machine at which people sign in: an authorization server that keeps to RFC 6749 and RFC 7636 (codes
 * once, PKCE verified, refresh tokens rotated and dead when they come twice), and an API that takes its tokens.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reply, Seen } from './vendor-server.ts';

export interface AuthorizationServer extends AsyncDisposable {
	url: string;
	/** Answered token requests, by grant, in order. */
	grants: { grant: string; ok: boolean; basic: boolean }[];
	/** What the last of them carried as its header. */
	authorization: string | undefined;
	/** Calls of the API that came with a good token. */
	seen: Seen[];
	/** Seconds that a new access token lives by the client's clock; the server itself ends tokens only by `revoke` and `end`. */
	expiresIn: number;
	/** What it says was granted; nothing where undefined. */
	scope: string | undefined;
	/** Holds each token request so long. */
	delayMs: number;
	/** Every token request is answered with this status and no OAuth error. */
	down: number | undefined;
	/** Answers the API's nth call. */
	answer: (nth: number, seen: Seen) => Reply | Promise<Reply>;
	/** The person signs in and agrees, or does not: where the browser is sent. */
	visit(authorizationUrl: string, agrees?: boolean): Promise<string>;
	/** The person takes the sign-in back at the vendor. */
	revoke(): void;
	/** Access tokens stop working before their time; refresh tokens stay. */
	end(): void;
}

export interface Registered {
	client_id: string;
	client_secret: string;
	/** Signed statements that it takes in a person's place. */
	assertions?: readonly string[];
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
};

export async function startAuthorizationServer(registered: Registered): Promise<AuthorizationServer> {
	const codes = new Map<string, { challenge: string; redirect: string }>();
	const access = new Set<string>();
	let refresh: string | undefined;

	const issue = (withRefresh: boolean) => {
		const token = `at_${randomBytes(12).toString('hex')}`;
		access.add(token);
		if (withRefresh) refresh = `rt_${randomBytes(12).toString('hex')}`;
		return {
			access_token: token,
			token_type: 'Bearer',
			expires_in: self.expiresIn,
			...(withRefresh ? { refresh_token: refresh } : {}),
			...(self.scope === undefined ? {} : { scope: self.scope }),
		};
	};
	const knows = (form: URLSearchParams, basic: string | undefined): boolean => {
		if (basic === undefined) return form.get('client_id') === registered.client_id && form.get('client_secret') === registered.client_secret;
		const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent);
		return id === registered.client_id && secret === registered.client_secret;
	};
	const grantOf = (form: URLSearchParams): object | undefined => {
		switch (form.get('grant_type')) {
			case 'authorization_code': {
				const code = codes.get(form.get('code') ?? '');
				codes.delete(form.get('code') ?? '');
				const challenge = createHash('sha256')
					.update(form.get('code_verifier') ?? '')
					.digest('base64url');
				return code && code.challenge === challenge && code.redirect === form.get('redirect_uri') ? issue(true) : undefined;
			}
			case 'refresh_token': {
				if (refresh !== undefined && form.get('refresh_token') === refresh) return issue(true);
				// A refresh token that comes twice was stolen: everything of this sign-in ends.
				self.revoke();
				return undefined;
			}
			case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
				return registered.assertions?.includes(form.get('assertion') ?? '') ? issue(false) : undefined;
			default:
				return undefined;
		}
	};
	const token = async (form: URLSearchParams, basic: string | undefined): Promise<Reply> => {
		if (self.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, self.delayMs));
		if (self.down !== undefined) return { status: self.down, body: 'Service Unavailable' };
		const known = knows(form, basic);
		const given = known ? grantOf(form) : undefined;
		self.grants.push({ grant: form.get('grant_type') ?? '', ok: given !== undefined, basic: basic !== undefined });
		if (given) return { body: given };
		return known ? { status: 400, body: { error: 'invalid_grant' } } : { status: 401, body: { error: 'invalid_client' } };
	};

	const server = createServer(async (request, response) => {
		const body = await bodyOf(request);
		const path = request.url ?? '';
		const { authorization = '' } = request.headers;
		let reply: Reply;
		if (/\/token$/.test(path) && request.method === 'POST') {
			self.authorization = request.headers.authorization;
			reply = await token(new URLSearchParams(body), /^Basic (.+)$/.exec(authorization)?.[1]);
		} else if (!access.has(authorization.replace(/^Bearer /, ''))) reply = { status: 401, body: { error: { code: 401, message: 'Invalid Credentials' } } };
		else {
			const seen = { method: request.method ?? '', path, headers: request.headers, body };
			self.seen.push(seen);
			reply = await self.answer(self.seen.length, seen);
		}
		const json = typeof reply.body === 'object';
		response.writeHead(reply.status ?? 200, { ...(json && { 'content-type': 'application/json' }), ...reply.headers });
		response.end(json ? JSON.stringify(reply.body) : reply.body);
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const self: AuthorizationServer = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		grants: [],
		authorization: undefined,
		seen: [],
		expiresIn: 3600,
		scope: undefined,
		delayMs: 0,
		down: undefined,
		answer: () => ({ body: {} }),
		async visit(authorizationUrl, agrees = true) {
			const { searchParams: query } = new URL(authorizationUrl);
			const redirect = query.get('redirect_uri') ?? '';
			const back = new URL(redirect);
			back.searchParams.set('state', query.get('state') ?? '');
			if (query.get('response_type') !== 'code' || query.get('client_id') !== registered.client_id || query.get('code_challenge_method') !== 'S256')
				throw new Error(`The authorization request is not one: ${authorizationUrl}`);
			if (agrees) {
				const code = randomBytes(12).toString('hex');
				codes.set(code, { challenge: query.get('code_challenge') ?? '', redirect });
				back.searchParams.set('code', code);
			} else back.searchParams.set('error', 'access_denied');
			return back.href;
		},
		revoke() {
			refresh = undefined;
			access.clear();
		},
		end: () => access.clear(),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
	return self;
}
