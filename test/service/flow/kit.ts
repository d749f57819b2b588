/** What the tests of facts and events share: a receiver of events, the passing of time, and tables as they stand. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { TABLES } from '../../../shared/ledger/migrations/0001_ledger.ts';
import { type Answer, must, type Running, type TestPractice } from '../../kit/service.ts';

export interface Heard {
	path: string;
	headers: IncomingHttpHeaders;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was delivered
	body: any;
}

export interface Listener extends AsyncDisposable {
	url: string;
	heard: Heard[];
	/** What came to one path, in order. */
	at(path: string): Heard['body'][];
	/** Answers the nth request of a path from now on; 200 where it says nothing. */
	answer: (path: string, nth: number) => { status: number; headers?: Record<string, string> } | undefined;
}

/** A Zap's or a flow's address: takes events over a real socket. */
export async function startListener(): Promise<Listener> {
	const heard: Heard[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const path = request.url ?? '';
			heard.push({ path, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
			const { status, headers } = listener.answer(path, heard.filter((one) => one.path === path).length) ?? { status: 200 };
			response.writeHead(status, headers);
			response.end();
		});
	});
	// A socket that is closed just when it is used again costs a retry, which is right but not what is tested.
	server.keepAliveTimeout = 120_000;
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const listener: Listener = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		heard,
		at: (path) => heard.filter((one) => one.path === path).map((one) => one.body),
		answer: () => undefined,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
	return listener;
}

export interface Subscribed {
	id: string;
	/** Path of the DELETE that ends it. */
	leave: string;
}

export async function subscribe(
	practice: Pick<TestPractice, 'url' | 'live'>,
	type: string,
	callback_url: string,
	filters: object = {},
	headers: Record<string, string> = {},
): Promise<Subscribed> {
	const response = await fetch(`${practice.url}/api/subscriptions/${type}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', authorization: `Bearer ${practice.live}`, ...headers },
		body: JSON.stringify({ callback_url, ...filters }),
	});
	if (response.status !== 201) throw new Error(`subscribing: ${response.status} ${await response.text()}`);
	return { id: ((await response.json()) as { id: string }).id, leave: new URL(response.headers.get('location') ?? '').pathname };
}

/** Due accounts are reviewed, and what follows is sent and delivered. */
export async function settle(service: Running, { id }: Pick<TestPractice, 'id'>): Promise<void> {
	await service.useCases.handlers.review({ practice_id: id });
	await service.useCases.handlers.sweep({ practice_id: id });
	await service.work();
}

/** Time passes, day by day as the timer would see it. */
export async function days(service: Running, practice: Pick<TestPractice, 'id'>, count: number): Promise<void> {
	for (let day = 0; day < count; day += 1) {
		await service.advance(86_400_000);
		await settle(service, practice);
	}
}

type Row = Record<string, unknown>;

/** Every row of these tables, as text that can be compared; `without` leaves columns out. */
export async function dump(
	service: Running,
	{ id }: Pick<TestPractice, 'id'>,
	tables: readonly string[],
	without: Readonly<Record<string, readonly string[]>> = {},
): Promise<Record<string, string[]>> {
	return service.rows(id, async (tx) => {
		const out: Record<string, string[]> = {};
		for (const table of tables) {
			const { rows } = await sql<{ row: Row }>`select to_jsonb(t) - ${[...(without[table] ?? [])]}::text[] as row from ${sql.table(table)} t`.execute(tx);
			out[table] = rows.map(({ row }) => JSON.stringify(row)).sort();
		}
		return out;
	});
}

/** Tables that hold something after a refused call only when something was half-written. Keys' last use and the audit of reads are not among them. */
export const WRITTEN = TABLES.filter((table) => table !== 'audit_head' && table !== 'sending');

/** Events of a type, as the polling twin shows them: newest first. */
export const eventsOf = async (practice: TestPractice, type: string, query = '', headers: Record<string, string> = {}): Promise<Answer['json'][]> =>
	(await must(practice.url, practice.live, 'GET', `/api/events/${type}${query}`, undefined, headers)).items;

/** A remittance for one claim, as a payer sends it. */
export function remittance(claims: readonly string[], trace = 'T100'): string {
	const body = ['ST*835*0001', 'BPR*I*0*C*ACH************20261120', `TRN*1*${trace}*1999999999`, 'N1*PR*EXAMPLE HEALTH PLAN', 'LX*1', ...claims];
	return [
		`ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'PAYER'.padEnd(15)}*ZZ*${'PRACTICE'.padEnd(15)}*261120*2200*^*00501*000000007*0*T*:`,
		'GS*HP*PAYER*PRACTICE*20261120*2230*1*X*005010X221A1',
		...body,
		`SE*${body.length + 1}*0001`,
		'GE*1*1',
		'IEA*1*000000007',
	]
		.map((segment) => `${segment}~\n`)
		.join('');
}

/** One claim of a remittance, with one service line. */
export const claim = (number: string, status: string, charge: number, paid: number, line: readonly string[], payerClaim = `P${number}`): string[] => [
	`CLP*${number}*${status}*${charge}*${paid}**12*${payerClaim}`,
	'NM1*QC*1*ROE*JANE****MI*X1',
	`SVC*HC:99213*${charge}*${paid}`,
	'DTM*472*20261101',
	...line,
];

/** What a system with a webhook of its own posts, signed as Standard Webhooks describes. */
export function signed(secret: string, id: string, at: number, body: object): { raw: string; headers: Record<string, string> } {
	const raw = JSON.stringify(body);
	const seconds = String(Math.floor(at / 1000));
	return {
		raw,
		headers: {
			'content-type': 'application/json',
			'webhook-id': id,
			'webhook-timestamp': seconds,
			'webhook-signature': `v1,${createHmac('sha256', secret).update(`${id}.${seconds}.${raw}`).digest('base64')}`,
		},
	};
}
