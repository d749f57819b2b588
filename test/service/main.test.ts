import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { call } from './http/kit.ts';
import { freePort, run, start } from './http/process.ts';

const root = mkdtempSync(join(tmpdir(), 'dunwell-main-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const main = (env: Record<string, string>) => run('shared/service/main.ts', [], env);
const oneLine = (text: string) => text.trimEnd().split('\n').length === 1;

describe('npm start', { timeout: 120_000 }, () => {
	it('makes a practice to play with, finds it again, and refuses a second opener', async () => {
		const dataDir = join(root, 'first');
		const port = String(await freePort());
		const url = `http://127.0.0.1:${port}`;

		const first = await start({ DUNWELL_DATA: dataDir, PORT: port });
		expect((await call(url, 'GET', '/api/health')).json).toEqual({ status: 'ok', database: 'embedded', mode: 'development' });
		const file = join(dataDir, 'sandbox.json');
		const sandbox = JSON.parse(readFileSync(file, 'utf8'));
		expect(Object.keys(sandbox).sort()).toEqual(['api_key', 'practice_id', 'service_url']);
		expect(sandbox.service_url).toBe(url);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(first.text.stdout).toContain(
			'Made a sandbox practice from a sample aging report and a sample remittance. The first review:\n  66 accounts reviewed:',
		);
		for (const shown of [
			sandbox.api_key,
			sandbox.practice_id,
			url,
			'Why no reminder goes out now',
			'Qualified Medicare Beneficiary',
			'Bankruptcy is reported',
			'Denied lines',
			'Try next:',
		])
			expect(first.text.stdout).toContain(shown);
		expect(/Operator key .*: (operator_[\w-]{43})\n/.exec(first.text.stdout)).not.toBeNull();
		expect(first.text.stderr).toBe('');
		if (process.platform === 'linux') {
			const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${first.pid}/status`, 'utf8'))?.[1]) / 1024;
			expect(rss).toBeLessThan(400);
		}

		// Every line of "Try next" is what a person pastes: each is fetched as it stands.
		const tried = [...first.text.stdout.matchAll(/'?(http:\/\/\S+\/api\/(?:accounts|outbox|events)[^\s']*)'?$/gm)].map((match) => match[1] ?? '');
		expect(tried).toHaveLength(3);
		for (const address of tried) expect((await call(url, 'GET', address.slice(url.length), { key: sandbox.api_key })).status).toBe(200);

		const other = await main({ DUNWELL_DATA: dataDir, PORT: String(await freePort()) });
		expect([other.code, other.stdout, oneLine(other.stderr)]).toEqual([1, '', true]);
		expect(other.stderr).toContain(`The folder ${dataDir} is in use by process ${first.pid}`);
		expect((await call(url, 'GET', '/api/me', { key: sandbox.api_key })).json.practice_id).toBe(sandbox.practice_id);

		const stopped = await first.stop('SIGINT');
		expect([stopped.code, stopped.stderr]).toEqual([0, '']);
		expect(readdirSync(dataDir)).not.toContain('lock');

		const second = await start({ DUNWELL_DATA: dataDir, PORT: port });
		expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(sandbox);
		expect(second.text.stdout).toContain('The sandbox practice is as you left it. The last review:\n  66 accounts reviewed:');
		expect(second.text.stdout).not.toContain('Operator key');
		const { items } = (await call(url, 'GET', '/api/events/review_finished?include_own=true', { key: sandbox.api_key })).json;
		expect(items.filter((item: { kind: string }) => item.kind === 'review')).toHaveLength(1);
		expect((await second.stop()).code).toBe(0);
	});

	it("without the sandbox starts empty, prints an operator's key once, and takes port 0", async () => {
		const dataDir = join(root, 'empty');
		const service = await start({ DUNWELL_DATA: dataDir, PORT: '0', DUNWELL_SANDBOX: '0' });
		const url = /ready at (http:\/\/127\.0\.0\.1:\d+)\./.exec(service.text.stdout)?.[1] ?? '';
		const key = /(operator_[\w-]{43})/.exec(service.text.stdout)?.[1];
		expect((await call(url, 'GET', '/api/setup/practices', { key })).json).toEqual({ items: [] });
		expect(readdirSync(dataDir)).not.toContain('sandbox.json');
		expect((await service.stop()).code).toBe(0);
	});

	it('says in one line that the port is in use, and touches no folder', async () => {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as { port: number };
		const dataDir = join(root, 'port');
		const { code, stdout, stderr } = await main({ DUNWELL_DATA: dataDir, PORT: String(port) });
		server.close();
		expect([code, stdout]).toEqual([1, '']);
		expect(stderr).toBe(`Port ${port} is in use: Dunwell may be running already. Stop what uses it, or choose another port: PORT=${port + 1} npm start\n`);
		expect(readdirSync(root)).not.toContain('port');
	});

	it('says in one line that the database cannot be reached, without the password', async () => {
		const { code, stdout, stderr } = await main({
			DUNWELL_DATA: join(root, 'none'),
			PORT: '0',
			DATABASE_URL: 'postgres://dunwell:hunter2@127.0.0.1:1/dunwell',
		});
		expect([code, stdout, oneLine(stderr)]).toEqual([1, '', true]);
		expect(stderr).toContain('127.0.0.1:1');
		expect(stderr).not.toContain('hunter2');
	});

	it('says in one line that the folder is damaged', async () => {
		const dataDir = join(root, 'damaged');
		mkdirSync(join(dataDir, 'database'), { recursive: true });
		writeFileSync(join(dataDir, 'database', 'PG_VERSION'), '18\n');
		const { code, stdout, stderr } = await main({ DUNWELL_DATA: dataDir, PORT: '0' });
		expect([code, stdout, oneLine(stderr)]).toEqual([1, '', true]);
		expect(stderr).toContain(dataDir);
	});

	it.each([
		[{ PORT: 'seven' }, 'PORT must be a port number such as 7071.\n'],
		[{ DUNWELL_LOG: 'loud' }, 'DUNWELL_LOG must be one of trace, debug, info, warn, error, fatal, silent.\n'],
		[
			{ DUNWELL_OPERATOR_KEY: 'short' },
			'DUNWELL_OPERATOR_KEY must have at least 24 characters, for it opens every practice; make one with: openssl rand -base64 32.\n',
		],
		[{ DUNWELL_RATE: 'fast' }, 'DUNWELL_RATE must be a whole number of requests a second, such as 200, or 0 for no limit.\n'],
		[{ DUNWELL_ENV: 'production' }, 'DUNWELL_PUBLIC_URL must start with https:// in production: vendors and Zapier call it.\n'],
		[
			{ DUNWELL_ENV: 'production', DUNWELL_PUBLIC_URL: 'https://d.example', DUNWELL_VENDOR_URLS: '{"twilio":"http://127.0.0.1:1"}' },
			'DUNWELL_VENDOR_URLS is for tests and vendor sandboxes and is refused in production: unset it.\n',
		],
	])('refuses %j in one line', async (env, line) => {
		const { code, stdout, stderr } = await main({ DUNWELL_DATA: join(root, 'settings'), ...(env as unknown as Record<string, string>) });
		expect([code, stdout, stderr]).toEqual([1, '', line]);
	});
});
