/** A vendor on this machine: takes requests over a real socket, keeps their exact bytes, answers what it was told. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
	status?: number;
	headers?: Record<string, string>;
	/** An object is written as JSON. */
	body?: string | object;
	/** Done before it answers: what the vendor tells elsewhere is sometimes quicker. */
	first?(): Promise<unknown>;
	/** `hang` never answers; `reset` drops the connection after the request was read. */
	instead?: 'hang' | 'reset';
}

export interface Seen {
	method: string;
	/** Path and query as they came over the wire. */
	path: string;
	headers: IncomingHttpHeaders;
	body: string;
}

export interface VendorServer extends AsyncDisposable {
	url: string;
	seen: Seen[];
}

/** Replies are given in order, then the last one for ever; without any, 500. */
export async function startVendor(replies: readonly Reply[]): Promise<VendorServer> {
	const seen: Seen[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', async () => {
			seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
			const reply = replies[Math.min(seen.length, replies.length) - 1] ?? { status: 500 };
			await reply.first?.();
			if (reply.instead === 'reset') return void request.socket.destroy();
			if (reply.instead === 'hang') return;
			const json = typeof reply.body === 'object';
			response.writeHead(reply.status ?? 200, { ...(json && { 'content-type': 'application/json' }), ...reply.headers });
			response.end(json ? JSON.stringify(reply.body) : reply.body);
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		seen,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}
