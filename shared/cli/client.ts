/** The way to the running service. The command line never opens the database: two processes on one folder lose writes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type FieldError, type Problem } from '../contracts/failure.ts';

export interface Client {
	url: string;
	/** JSON in, JSON out; undefined for an empty answer. @throws Failure with the service's own words */
	call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, input?: object): Promise<unknown>;
	/** The answer as it comes, for what is too large to hold. */
	stream(path: string): Promise<ReadableStream<Uint8Array>>;
}

export interface Access {
	/** Whose key: commands of the operator need the operator's. */
	who: 'practice' | 'operator';
	practice?: string | undefined;
	url?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function createClient(env: Environment, access: Access): Client {
	const local = readSandbox(env['DUNWELL_DATA'] || '.data');
	const url = (access.url ?? (env['DUNWELL_URL'] || local?.service_url || 'http://127.0.0.1:7071')).replace(/\/+$/, '');
	const { key, practice } = credentials(env, access, local?.api_key);
	const headers = { authorization: `Bearer ${key}`, ...(practice === undefined ? {} : { 'dunwell-practice': practice }) };
	const send = async (method: string, path: string, input?: object): Promise<Response> => {
		const query =
			method === 'GET' && input ? `?${new URLSearchParams(Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)])))}` : '';
		const response = await fetch(`${url}${path}${query}`, {
			method,
			redirect: 'error',
			headers: { ...headers, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
			...(method === 'GET' || input === undefined ? {} : { body: JSON.stringify(input) }),
		}).catch((error: unknown) => {
			throw new Failure('unavailable', `No service answers at ${url}. Start it with: npm start. If it runs elsewhere, set DUNWELL_URL.`, {
				code: 'unreachable',
				cause: error,
			});
		});
		if (!response.ok) throw await refusal(response, url);
		return response;
	};
	return {
		url,
		async call(method, path, input) {
			const response = await send(method, path, input);
			const text = await response.text();
			return text === '' ? undefined : (JSON.parse(text) as unknown);
		},
		async stream(path) {
			const { body } = await send('GET', path);
			if (!body) throw new Failure('broken', 'The service gave an empty answer.');
			return body;
		},
	};
}

/** The practice's key where there is one; the operator's for the operator's commands and for a practice named by --practice. */
function credentials(env: Environment, access: Access, sandboxKey: string | undefined): { key: string; practice?: string } {
	const operator = env['DUNWELL_OPERATOR_KEY'] || undefined;
	const practice = access.practice ?? (env['DUNWELL_PRACTICE'] || undefined);
	if (access.who === 'operator') {
		if (operator === undefined)
			throw new Failure(
				'auth',
				"This command is the operator's. Set DUNWELL_OPERATOR_KEY to the key that the first start printed, or to the one the service was started with.",
				{ code: 'operator_key_missing' },
			);
		return { key: operator };
	}
	if (operator !== undefined && practice !== undefined) return { key: operator, practice };
	const key = env['DUNWELL_KEY'] || (operator === undefined ? sandboxKey : undefined);
	if (key !== undefined) return { key };
	if (operator !== undefined)
		throw new Failure(
			'auth',
			'Say which practice it is for: --practice <id> with the operator\'s key, or set DUNWELL_KEY to a key of the practice. "practice list" shows the ids.',
			{ code: 'practice_missing' },
		);
	throw new Failure(
		'auth',
		'No API key is known. Set DUNWELL_KEY to a key of the practice, or start the service here (npm start), which leaves one in .data/sandbox.json.',
		{ code: 'key_missing' },
	);
}

function readSandbox(dataDir: string): { service_url: string; api_key: string } | undefined {
	try {
		return JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')) as { service_url: string; api_key: string };
	} catch {
		// Absent, or being written by a service that starts: as if there were none.
		return undefined;
	}
}

async function refusal(response: Response, url: string): Promise<Failure> {
	const problem = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined;
	if (typeof problem?.detail !== 'string')
		return new Failure('broken', `What answers at ${url} is not Dunwell (HTTP ${response.status}). Set DUNWELL_URL to the service's address.`, {
			code: 'not_dunwell',
		});
	return new Failure('invalid', problem.detail, { code: problem.code ?? 'refused', fields: (problem.errors ?? []) as FieldError[] });
}
