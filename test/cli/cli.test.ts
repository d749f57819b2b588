import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asleepTitle, awakePlace } from '../kit/awake.ts';
import { type Prism, specsPresent, startPrism } from '../kit/prism.ts';
import { dunwell, freePort, type Running, start } from '../service/http/process.ts';

const root = mkdtempSync(join(tmpdir(), 'dunwell-cli-'));
const DATA = join(root, 'data');
const OPERATOR = `operator_${'k'.repeat(43)}`;
const SID = `AC${'a'.repeat(32)}`;

interface Wire {
	method: string;
	path: string;
	body: string;
	status: number;
	violations: string;
}

/** Stands where Twilio is: answers from Twilio's own description where that is at hand, and keeps what was asked. */
let twilio: Server;
let prism: Prism | undefined;
const wire: Wire[] = [];
let service: Running;

beforeAll(async () => {
	prism = specsPresent ? await startPrism('twilio/openapi.api-v2010.json') : undefined;
	twilio = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks).toString();
		const answer = prism
			? await forward(prism.url, request.method ?? '', request.url ?? '', request.headers as Record<string, string>, body)
			: { status: request.method === 'POST' ? 201 : 200, violations: '' };
		wire.push({ method: request.method ?? '', path: request.url ?? '', body, ...answer });
		const status = answer.status < 400 ? answer.status : 400;
		response
			.writeHead(status, { 'content-type': 'application/json' })
			.end(
				JSON.stringify(
					request.method === 'GET' ? { sid: SID, status: 'active', friendly_name: 'Alpha', type: 'Full' } : { sid: `SM${'b'.repeat(32)}`, status: 'queued' },
				),
			);
	});
	await new Promise<void>((resolve) => twilio.listen(0, '127.0.0.1', resolve));
	const port = String(await freePort());
	service = await start({
		DUNWELL_DATA: DATA,
		PORT: port,
		DUNWELL_OPERATOR_KEY: OPERATOR,
		DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: `http://127.0.0.1:${(twilio.address() as AddressInfo).port}` }),
	});
}, 60_000);
afterAll(async () => {
	await service?.stop();
	await prism?.close();
	twilio.close();
	rmSync(root, { recursive: true, force: true });
});

async function forward(
	base: string,
	method: string,
	path: string,
	headers: Record<string, string>,
	body: string,
): Promise<{ status: number; violations: string }> {
	const { 'content-type': type, authorization } = headers;
	const reply = await fetch(base + path, {
		method,
		headers: { ...(type ? { 'content-type': type } : {}), ...(authorization ? { authorization } : {}) },
		...(method === 'GET' ? {} : { body }),
	});
	const text = await reply.text();
	return { status: reply.status, violations: reply.headers.get('sl-violations') ?? (reply.status >= 400 ? text : '') };
}

const sandbox = { DUNWELL_DATA: DATA };
/** A day in the practice's zone, so many days before today. */
const place = awakePlace();
const daysAgo = (days: number): string => new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(Date.now() - days * 86_400_000);

describe('the command line', { timeout: 60_000 }, () => {
	it('lists its commands, and helps with each', async () => {
		const { code, stdout, stderr } = await dunwell(['--help']);
		expect([code, stderr]).toEqual([0, '']);
		const names = [...stdout.matchAll(/^ {2}([a-z-]+(?: [a-z]+)?) {2,}[A-Z]/gm)].map((match) => match[1] ?? '');
		expect(names.length).toBeGreaterThan(35);
		for (const name of ['practice create', 'key rotate', 'connection add', 'undo-import', 'audit check']) expect(names).toContain(name);
		const help = await dunwell(['sender', 'set', '--help']);
		expect(help.code).toBe(0);
		expect(help.stdout).toContain('npm run dunwell -- sender set <sms|voice|email|letter|fax|portal> [options]');
		expect(help.stdout).toContain('--connection <name>  The connection that sends (needed)');
		const group = await dunwell(['key', '--help']);
		expect([group.code, group.stdout.includes('key rotate'), group.stdout.includes('practice create')]).toEqual([0, true, false]);
	});

	it.each([
		[['frobnicate'], '"frobnicate" is not a command. npm run dunwell -- --help lists them.\n'],
		[['key'], '"key" is not a command. There are: key create, key list, key rotate, key revoke.\n'],
		[['key', 'create', '--mode', 'live'], '--label is needed. npm run dunwell -- key create --help says more.\n'],
		[['key', 'list', 'more'], '"more" is one word too many. npm run dunwell -- key list --help says more.\n'],
		[['key', 'revoke'], '<key_id> is needed. npm run dunwell -- key revoke --help says more.\n'],
		[['key', 'list', '--colour'], "Unknown option '--colour'. npm run dunwell -- key list --help says more.\n"],
		[['settings', 'set', 'callback_phone'], '"callback_phone" must read <name>=<value>.\n'],
		[['import', '/no/such/file'], '/no/such/file cannot be read (ENOENT).\n'],
	])('%j is not understood: exit code 2 and one line', async (args, line) => {
		expect(await dunwell(args, sandbox)).toEqual({ code: 2, stdout: '', stderr: line });
	});

	it('gives the address to sign in at, for a vendor that wants a person', async () => {
		const operator = { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR };
		const by = ['--practice', 'pr_sandbox'];
		const added = await dunwell(
			['connection', 'add', 'mail', '--vendor', 'gmail', 'client_id=1-a.apps.googleusercontent.com', 'client_secret=s', ...by],
			operator,
		);
		expect([added.code, added.stderr]).toEqual([0, '']);
		expect(added.stdout).toContain('Nobody is signed in at Gmail. Sign in: npm run dunwell -- connection authorize mail');
		const begun = await dunwell(['connection', 'authorize', 'mail', ...by], operator);
		expect([begun.code, begun.stderr]).toEqual([0, '']);
		expect(begun.stdout).toMatch(
			/\nhttps:\/\/accounts\.google\.com\/o\/oauth2\/v2\/auth\?response_type=code&client_id=1-a\.apps\.googleusercontent\.com&redirect_uri=/,
		);
		expect(begun.stdout).toMatch(/redirect address: http:\/\/127\.0\.0\.1:\d+\/api\/oauth\/callback\n/);
		expect((await dunwell(['connection', 'remove', 'mail', ...by], operator)).code).toBe(0);
	});

	it('says where it looked when no service answers, or something else does', async () => {
		const nobody = `http://127.0.0.1:${await freePort()}`;
		expect(await dunwell(['checklist', '--url', nobody], sandbox)).toEqual({
			code: 1,
			stdout: '',
			stderr: `No service answers at ${nobody}. Start it with: npm start. If it runs elsewhere, set DUNWELL_URL.\n`,
		});
		const stranger = createServer((_request, response) => response.writeHead(418).end('teapot'));
		await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
		const address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
		const other = await dunwell(['checklist', '--url', address], sandbox);
		stranger.close();
		expect([other.code, other.stderr]).toEqual([1, `What answers at ${address} is not Dunwell (HTTP 418). Set DUNWELL_URL to the service's address.\n`]);
	});

	it("needs a key, and for the operator's commands the operator's", async () => {
		expect((await dunwell(['checklist'], { DUNWELL_DATA: join(root, 'nowhere') })).stderr).toContain('No API key is known. Set DUNWELL_KEY');
		expect((await dunwell(['practice', 'list'], sandbox)).stderr).toContain("This command is the operator's. Set DUNWELL_OPERATOR_KEY");
		expect((await dunwell(['checklist'], { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR })).stderr).toContain('Say which practice it is for: --practice <id>');
		expect((await dunwell(['checklist', '--practice', 'pr_sandbox'], { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR })).code).toBe(0);
		expect(await dunwell(['checklist'], { ...sandbox, DUNWELL_KEY: 'live_x' })).toMatchObject({
			code: 1,
			stderr: 'This API key is not known. Check that it was copied whole, and that it belongs to this service.\n',
		});
	});

	it('finds the sandbox by itself', async () => {
		const { code, stdout } = await dunwell(['checklist'], sandbox);
		expect([code, stdout.split('\n')[0]]).toEqual([0, 'Nothing stands between this practice and its first message.']);
		const explained = await dunwell(['explain', '10005'], sandbox);
		expect(explained.code).toBe(0);
		expect(explained.stdout).toMatch(/Rule +Outcome +Text\n/);
		expect((await dunwell(['audit', 'check', '--json'], sandbox)).stdout).toContain('"ok": true');
	});

	it('sets a policy ahead, shows that it waits, and takes it back', async () => {
		const set = await dunwell(['policy', 'set', 'effective_from=2099-01-01', '--json'], sandbox);
		const { policy_hash: hash } = JSON.parse(set.stdout);
		expect((await dunwell(['policy', 'set', 'effective_from=2099-01-01', 'fallback=false'], sandbox)).stdout).toMatch(
			/^The policy waits for 2099-01-01T05:00:00\.000Z\. Digest [0-9a-f]{64}\n/,
		);
		const shown = await dunwell(['policy', 'show'], sandbox);
		const waiting = shown.stdout.split('\n').filter((line) => / scheduled /.test(line));
		expect([waiting.length, waiting[0]?.includes(hash)]).toEqual([1, false]);
		const other = waiting[0]?.split(/ +/).at(-1) ?? '';
		expect(await dunwell(['policy', 'unschedule', other], sandbox)).toEqual({ code: 0, stdout: `Removed the policy "${other}".\n`, stderr: '' });
		expect((await dunwell(['policy', 'unschedule', other], sandbox)).code).toBe(1);
	});

	it.skipIf(!place)(`gets a practice from nothing to its first real request to Twilio, by commands alone${asleepTitle}`, async () => {
		const operator = { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR };
		const made = await dunwell(['practice', 'create', '--name', 'Alpha Allergy', '--zone', 'America/New_York', '--json'], operator);
		expect(made.code).toBe(0);
		const practice = JSON.parse(made.stdout);
		const own = { ...sandbox, DUNWELL_KEY: practice.keys.find((key: { mode: string }) => key.mode === 'live').api_key as string };
		const done = async (args: string[], stdin?: string) => {
			const finished = await dunwell(args, own, stdin);
			expect([args, finished.code, finished.stderr, finished.code === 0 ? '' : finished.stdout, wire.filter(({ status }) => status >= 400)]).toEqual([
				args,
				0,
				'',
				'',
				[],
			]);
			return finished.stdout;
		};
		expect(await done(['checklist'])).toContain('4 things stand before the first message: ');

		// The token comes on stdin: it stays out of the shell's history and of the process list.
		expect(await done(['connection', 'add', 'texting', '--vendor', 'twilio', `account_sid=${SID}`, 'auth_token=-'], 'secret-token\n')).toMatch(
			/Status +working/,
		);
		expect(await done(['sender', 'set', 'sms', '--connection', 'texting', '--address', '(317) 555-0142'])).toContain('+13175550142');
		await done(['settings', 'set', 'callback_phone=317-555-0142', 'pay_link=https://pay.alpha.example', 'sender_name=Alpha Allergy']);
		// At any hour of the practice's; the law's own hours are kept by where the person lives.
		await done(['policy', 'set', 'channels=["sms"]', 'settle_minutes=0', 'hours.start=00:00', 'hours.end=24:00']);
		await done(['staff', 'set', 'ann', '--name', 'Ann Lee']);
		await done(['route', 'set', 'billing_team', '--label', 'Billing team', '--staff', 'ann']);
		const person = ['--connection', 'texting', '--channel', 'sms', '--target', '317-555-0177', '--sender', '317-555-0143'];
		expect(await done(['route', 'set', 'on_call', '--label', 'On call', ...person])).toMatch(/^Channel +sms\nTarget +\+13175550177\nSender +\+13175550143$/m);
		expect(await done(['route', 'list'])).toMatch(/^on_call +On call +texting +sms +\+13175550177 +\+13175550143/m);
		const file = join(root, 'aging.csv');
		writeFileSync(
			file,
			`Account #,Guarantor Name,Mobile Phone,State,OK to Text,Invoice #,First Statement,Patient Balance,Insurance Finalized\nA-1,"Byron, Ada",(${place?.areaCode}) 555-0100,${place?.state},yes,I-1,${daysAgo(7)},84.20,yes\n`,
		);
		const imported = await done(['import', file, '--json']);
		expect(JSON.parse(imported)).toMatchObject({ rows_read: 1, accounts: 1, invoices: 1, changed: 1, problems: [] });
		expect(await done(['checklist'])).toContain('Nothing stands between this practice and its first message.');

		wire.length = 0;
		expect(await done(['remind', 'A-1'])).toMatch(/^Status +sent$/m);
		expect(wire.map(({ method, path, status, violations }) => ({ method, path, status, violations }))).toEqual([
			{ method: 'POST', path: `/2010-04-01/Accounts/${SID}/Messages.json`, status: 201, violations: '' },
		]);
		const sent = new URLSearchParams(wire[0]?.body);
		expect([sent.get('To'), sent.get('From')]).toEqual([`+1${place?.areaCode}5550100`, '+13175550142']);
		expect(sent.get('Body')).toMatch(/^Alpha Allergy: you have a balance due\. View or pay: \S+ Questions\? \(317\) 555-0142\. Reply STOP to opt out\.$/);
		expect(await done(['explain', 'A-1'])).toContain('The last message went out on');
	});

	it('prints letters: gathers what waits, writes it for its owner alone, and says that it went', async () => {
		const operator = { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR };
		const made = JSON.parse((await dunwell(['practice', 'create', '--name', 'Beta Office', '--zone', 'America/New_York', '--json'], operator)).stdout);
		// Letters are full of names: the practice's usual key does not see them.
		const scopes = 'read,write,send,setup,contact_details';
		const key = await dunwell(['key', 'create', '--mode', 'live', '--scopes', scopes, '--label', 'printing', '--json'], {
			...operator,
			DUNWELL_PRACTICE: made.practice_id,
		});
		const own = { ...sandbox, DUNWELL_KEY: JSON.parse(key.stdout).api_key as string };
		const done = async (...args: string[]) => {
			const { code, stdout, stderr } = await dunwell(args, own);
			expect([args, code, stderr]).toEqual([args, 0, '']);
			return stdout;
		};
		expect(await done('print-batches', 'list')).toBe('No letters were gathered yet.\n');
		expect(await done('print-batches', 'gather')).toBe('No letter waits.\n');
		await done('sender', 'set', 'letter', '--connection', 'print', '--address', '12 Elm Street, Phoenix, AZ 85004');
		await done('policy', 'set', 'channels=["letter"]', 'settle_minutes=0');
		const file = join(root, 'letters.csv');
		writeFileSync(
			file,
			`Account #,Guarantor Name,State,Invoice #,First Statement,Patient Balance,Insurance Finalized\nL-1,"Byron, Ada",IN,I-1,${daysAgo(7)},84.20,yes\n`,
		);
		await done('import', file);
		expect(await done('remind', 'L-1')).toMatch(/^Status +scheduled$/m);
		expect(await done('print-batches', 'list')).toContain('1 more letter waits for the next night.');
		const [batch] = JSON.parse(await done('print-batches', 'gather', '--json')).items;
		const out = join(root, 'letters.pdf');
		expect(await done('print-batches', 'save', batch.print_batch, '--out', out)).toContain(`Wrote ${out}.`);
		expect(readFileSync(out).subarray(0, 5).toString()).toBe('%PDF-');
		expect(statSync(out).mode & 0o777).toBe(0o600);
		expect(await done('print-batches', 'printed', batch.print_batch)).toMatch(/^1 letter counts as sent since /);
		expect((await dunwell(['print-batches', 'printed', 'print_none'], own)).code).toBe(1);
	});

	it('previews a file, imports it with a reason for each bad row, and takes it back', async () => {
		const file = join(root, 'more.csv');
		writeFileSync(file, `Account #,Invoice #,First Statement,Patient Balance\nNEW-1,N-1,${daysAgo(3)},50.00\nNEW-2,N-2,${daysAgo(3)},not money\n`);
		const preview = await dunwell(['import', file, '--preview'], sandbox);
		expect([preview.code, preview.stdout.split('\n')[0]]).toEqual([0, 'Preview: nothing was recorded.']);
		expect((await dunwell(['explain', 'NEW-1'], sandbox)).code).toBe(1);
		const imported = JSON.parse((await dunwell(['import', file, '--json'], sandbox)).stdout);
		expect(imported).toMatchObject({ changed: 1, problems: [{ position: 'row 3' }] });
		expect((await dunwell(['explain', 'NEW-1'], sandbox)).code).toBe(0);
		expect((await dunwell(['undo-import', imported.import_ref], sandbox)).stdout).toContain(imported.import_ref);
		expect((await dunwell(['explain', 'NEW-1'], sandbox)).code).toBe(1);
		expect(await dunwell(['undo-import', imported.import_ref], sandbox)).toMatchObject({ code: 1, stderr: 'This import was undone before.\n' });
	});

	it("shows the service's own words about each wrong field", async () => {
		const { code, stderr } = await dunwell(['policy', 'set', 'caps.per_day=many', 'colour=red'], sandbox);
		expect(code).toBe(1);
		expect(stderr).toContain('"caps.per_day" must be a whole number.');
		expect(stderr).toContain('"colour" is not a field of this operation. Remove it or correct its spelling.');
	});

	it('exports to a file that only its owner reads, and carries a set-up over', async () => {
		const operator = { ...sandbox, DUNWELL_OPERATOR_KEY: OPERATOR };
		const out = join(root, 'export.ndjson');
		expect((await dunwell(['practice', 'export', '--practice', 'pr_sandbox', '--out', out], operator)).stdout).toBe(`Wrote ${out}.\n`);
		expect(statSync(out).mode & 0o777).toBe(0o600);
		const tables = new Set(
			readFileSync(out, 'utf8')
				.trim()
				.split('\n')
				.map((line) => JSON.parse(line).table),
		);
		for (const table of ['practice', 'account', 'invoice', 'claim', 'audit']) expect(tables).toContain(table);

		const snapshot = join(root, 'snapshot.json');
		writeFileSync(snapshot, (await dunwell(['snapshot', 'save'], sandbox)).stdout);
		const made = JSON.parse((await dunwell(['practice', 'create', '--name', 'Beta Care', '--zone', 'America/Phoenix', '--json'], operator)).stdout);
		const applied = await dunwell(['snapshot', 'apply', snapshot, '--practice', made.practice_id], operator);
		expect([applied.code, applied.stderr]).toEqual([0, '']);
		expect(applied.stdout).toContain('Connect "sandbox" (sandbox), then set the sender for sms.');
		expect((await dunwell(['practice', 'list'], operator)).stdout).toMatch(/Beta Care +America\/Phoenix/);
		expect((await dunwell(['health', '--all'], operator)).stdout).toContain('Set-up is not finished.');
		expect((await dunwell(['practice', 'close', '--practice', made.practice_id, '--confirm', 'Beta'], operator)).stderr).toContain(
			'"confirm" must be the practice\'s exact name.',
		);
		expect((await dunwell(['practice', 'close', '--practice', made.practice_id, '--confirm', 'Beta Care'], operator)).code).toBe(0);
	});
});
