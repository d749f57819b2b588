/** The process's settings, read from the environment once. Nothing else reads process.env. */
import { Failure } from '../contracts/failure.ts';

export interface Config {
	production: boolean;
	/** Folder of the embedded database and the development key. */
	dataDir: string;
	databaseUrl?: string;
	/** A login that may create roles and tables; used for migrations only. */
	adminUrl?: string;
	port: number;
	/** Builds every callback and link; no trailing slash. */
	publicUrl: string;
	/** Base64, 32 bytes. */
	secretKey?: string;
	operatorKey?: string;
	/** Vendor id → base URL, for tests and vendors' sandboxes. */
	vendorUrls: Record<string, string>;
	/** Vendor id → messages a second that one account there takes, where the practices' accounts take more or fewer than the vendor's usual. */
	vendorRates: Record<string, number>;
	/** Vendor id → the client that the operator registered there for all practices. */
	oauthClients: Record<string, OAuthClient>;
	logLevel: string;
	/** The address the local server listens on; this machine only unless it is told otherwise. */
	host: string;
	/** Whether the first start makes a practice to play with. Never in production. */
	sandbox: boolean;
	/** How many requests a second each key may make over time; 0 is no limit. */
	ratePerSecond: number;
}

export interface OAuthClient {
	client_id: string;
	client_secret?: string;
}

/** @throws Failure `invalid` with one line that names the variable and the remedy. */
export function readConfig(env: Record<string, string | undefined>): Config {
	const production = env['DUNWELL_ENV'] === 'production';
	const port = Number(env['PORT'] || 7071);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw wrong('PORT', 'must be a port number such as 7071');
	const publicUrl = (env['DUNWELL_PUBLIC_URL'] || `http://127.0.0.1:${port}`).replace(/\/+$/, '');
	if (!URL.canParse(publicUrl)) throw wrong('DUNWELL_PUBLIC_URL', 'must be a full address such as https://dunwell.example');
	const ratePerSecond = Number(env['DUNWELL_RATE'] ?? 200);
	if (!Number.isInteger(ratePerSecond) || ratePerSecond < 0)
		throw wrong('DUNWELL_RATE', 'must be a whole number of requests a second, such as 200, or 0 for no limit');
	const { DUNWELL_OPERATOR_KEY: operatorKey = '' } = env;
	if (operatorKey !== '' && operatorKey.length < 24)
		throw wrong('DUNWELL_OPERATOR_KEY', 'must have at least 24 characters, for it opens every practice; make one with: openssl rand -base64 32');
	if (production && !publicUrl.startsWith('https://')) throw wrong('DUNWELL_PUBLIC_URL', 'must start with https:// in production: vendors and Zapier call it');
	return {
		production,
		dataDir: env['DUNWELL_DATA'] || '.data',
		...optional('databaseUrl', env['DATABASE_URL']),
		...optional('adminUrl', env['DATABASE_ADMIN_URL']),
		port,
		publicUrl,
		...optional('secretKey', env['DUNWELL_SECRET_KEY']),
		...optional('operatorKey', env['DUNWELL_OPERATOR_KEY']),
		vendorUrls: readVendorUrls(env['DUNWELL_VENDOR_URLS'], production),
		vendorRates: readVendorRates(env['DUNWELL_VENDOR_RATES']),
		oauthClients: readOAuthClients(env['DUNWELL_OAUTH_CLIENTS']),
		logLevel: readLogLevel(env['DUNWELL_LOG']),
		host: env['DUNWELL_HOST'] || '127.0.0.1',
		sandbox: !production && env['DUNWELL_SANDBOX'] !== '0',
		ratePerSecond,
	};
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

function readLogLevel(text: string | undefined): string {
	if (text === undefined || text === '') return 'warn';
	if (!LOG_LEVELS.includes(text)) throw wrong('DUNWELL_LOG', `must be one of ${LOG_LEVELS.join(', ')}`);
	return text;
}

function readVendorUrls(text: string | undefined, production: boolean): Record<string, string> {
	if (text === undefined || text === '') return {};
	// A redirected vendor in production would hand patients' messages to whoever set the variable.
	if (production) throw wrong('DUNWELL_VENDOR_URLS', 'is for tests and vendor sandboxes and is refused in production: unset it');
	const entries = readMap(text);
	if (!entries?.every(([, url]) => typeof url === 'string' && URL.canParse(url) && /^https?:/.test(url)))
		throw wrong('DUNWELL_VENDOR_URLS', 'must map vendor ids to full addresses, such as {"twilio":"http://127.0.0.1:4010"}');
	return Object.fromEntries(entries.map(([vendor, url]) => [vendor, String(url).replace(/\/+$/, '')]));
}

function readOAuthClients(text: string | undefined): Record<string, OAuthClient> {
	if (text === undefined || text === '') return {};
	const clients = readMap(text);
	if (!clients?.every(([, client]) => isClient(client)))
		throw wrong('DUNWELL_OAUTH_CLIENTS', 'must be JSON such as {"gmail":{"client_id":"…","client_secret":"…"}}');
	return Object.fromEntries(clients) as Record<string, OAuthClient>;
}

function readVendorRates(text: string | undefined): Record<string, number> {
	if (text === undefined || text === '') return {};
	const rates = readMap(text);
	if (!rates?.every(([, rate]) => typeof rate === 'number' && Number.isFinite(rate) && rate > 0))
		throw wrong('DUNWELL_VENDOR_RATES', 'must map vendor ids to messages a second above 0, such as {"twilio":50}');
	return Object.fromEntries(rates) as Record<string, number>;
}

/** undefined: no JSON object. */
function readMap(text: string): [string, unknown][] | undefined {
	try {
		const parsed: unknown = JSON.parse(text);
		return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : undefined;
	} catch {
		return undefined;
	}
}

function isClient(value: unknown): value is OAuthClient {
	const { client_id: id, client_secret: secret } = (value ?? {}) as Record<string, unknown>;
	return typeof id === 'string' && id !== '' && (secret === undefined || (typeof secret === 'string' && secret !== ''));
}

const optional = <K extends string>(key: K, value: string | undefined) => (value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, string>));

const wrong = (name: string, remedy: string) =>
	new Failure('invalid', `${name} ${remedy}.`, { code: 'invalid_setting', fields: [{ field: name, message: `${name} ${remedy}.` }] });
