/** From an empty folder to the first real message, by the commands alone: the list that the README shows. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asleepTitle, awakePlace } from '../../kit/awake.ts';
import { emptyFolder, type Folder } from '../../kit/database.ts';
import { type Prism, specsPresent, startPrism } from '../../kit/prism.ts';
import { OPERATOR_KEY, type Process, startProcess } from '../../kit/service.ts';
import { startTwilio, TWILIO_CREDENTIALS, type Twilio } from '../../kit/twilio.ts';

interface Seen {
	method: string;
	path: string;
	authorization: string;
	body: URLSearchParams;
	status: number;
	/** What Prism found wrong with it. */
	violations: string;
}

const ROOT = join(import.meta.dirname, '../../..');
/** The service lives by the machine's clock. */
const place = awakePlace();
const PHONE = `+1${place?.areaCode}5550142`;
const SENDER = '+12125550100';
const against = specsPresent
	? "a mock made from Twilio's own description"
	: 'a local Twilio (DUNWELL_SPECS names no folder, so not against its own description)';

let folder: Folder;
let mock: Prism | Twilio;
let recorder: Server;
let service: Process;
const seen: Seen[] = [];

/** Stands before the mock and keeps what came over the wire. */
async function startRecorder(upstream: string): Promise<Server> {
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', async () => {
			const { method = '', url = '', headers } = request;
			const body = Buffer.concat(chunks).toString('utf8');
			const { host: _host, connection: _connection, 'content-length': _length, 'transfer-encoding': _coding, ...kept } = headers;
			const answer = await fetch(upstream + url, { method, headers: kept as Record<string, string>, ...(body === '' ? {} : { body }) });
			seen.push({
				method,
				path: url,
				authorization: headers.authorization ?? '',
				body: new URLSearchParams(body),
				status: answer.status,
				violations: answer.headers.get('sl-violations') ?? '',
			});
			response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
			response.end(await answer.text());
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	return server;
}

beforeAll(async () => {
	folder = emptyFolder();
	mock = specsPresent ? await startPrism('twilio/openapi.api-v2010.json') : await startTwilio();
	recorder = await startRecorder(mock.url);
	service = await startProcess({
		DUNWELL_DATA: folder.path,
		DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}` }),
	});
});
afterAll(async () => {
	await service.kill();
	recorder.closeAllConnections();
	recorder.close();
	if ('close' in mock) await mock.close();
	else await mock[Symbol.asyncDispose]();
	folder.remove();
});

/** As a person types it. */
async function dunwell(args: readonly string[], env: Record<string, string>): Promise<string> {
	try {
		const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'dunwell', '--', ...args], {
			cwd: ROOT,
			env: {
				...process.env,
				NODE_NO_WARNINGS: '1',
				DUNWELL_DATA: folder.path,
				DUNWELL_URL: service.url,
				DUNWELL_KEY: '',
				DUNWELL_PRACTICE: '',
				DUNWELL_OPERATOR_KEY: '',
				...env,
			},
		});
		return stdout;
	} catch (error) {
		const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
		throw new Error(`dunwell ${args.join(' ')}: ${stdout}${stderr}`);
	}
}

/** Seven days ago where the practice is: the first step of the ladder is reached today. */
const sevenDaysAgo = (): string => {
	const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(Date.now());
	const [year, month, day] = new Date(Date.parse(today) - 7 * 86_400_000).toISOString().slice(0, 10).split('-');
	return `${month}/${day}/${year}`;
};

describe('a practice that is set up by commands alone', () => {
	it.skipIf(!place)(
		`reaches its first patient over the wire of ${against}${asleepTitle}`,
		async () => {
			const token = join(folder.path, 'token.txt');
			const report = join(folder.path, 'report.csv');
			writeFileSync(token, `${TWILIO_CREDENTIALS.auth_token}\n`);
			writeFileSync(
				report,
				`Account #,Guarantor Name,Mobile Phone,State,ZIP,OK to Text,Invoice #,First Statement,Patient Balance,Insurance Finalized\r\n10023,Jane Roe,(${place?.areaCode}) 555-0142,${place?.state},,yes,5001,${sevenDaysAgo()},84.20,yes\r\n`,
			);

			const created = await dunwell(['practice', 'create', '--name', 'Allergy Associates', '--zone', 'America/New_York'], {
				DUNWELL_OPERATOR_KEY: OPERATOR_KEY,
			});
			const first = /Live key +(live_\S+)/.exec(created)?.[1] ?? '';
			expect(first).toMatch(/^live_pr_/);
			const admin = { DUNWELL_KEY: first };
			expect(await dunwell(['checklist'], admin)).toMatch(/✗ A sender for at least one channel of the policy/);
			const made = await dunwell(['key', 'create', '--mode', 'live', '--scopes', 'read,write,send', '--label', 'Front desk'], admin);
			const desk = { DUNWELL_KEY: /live_pr_\S+/.exec(made)?.[0] ?? '' };

			expect(
				await dunwell(['connection', 'add', 'texting', '--vendor', 'twilio', `account_sid=${TWILIO_CREDENTIALS.account_sid}`, `auth_token=@${token}`], admin),
			).toMatch(/working/);
			await dunwell(['sender', 'set', 'sms', '--connection', 'texting', '--address', SENDER, '--name', 'Allergy Associates'], admin);
			await dunwell(['settings', 'set', `callback_phone=${SENDER}`, 'pay_link=https://pay.example/allergy'], admin);
			await dunwell(['policy', 'set', 'channels=["sms"]', 'settle_minutes=0', 'hours.start=00:00', 'hours.end=24:00'], admin);
			expect(await dunwell(['import', report], desk)).toMatch(/1/);
			expect(await dunwell(['checklist'], admin)).toMatch(/^Nothing stands between this practice and its first message\./);

			expect(await dunwell(['review'], desk)).toMatch(/1 accounts reviewed: 1 have a reminder due, 1 may go out now/);
			expect(await dunwell(['explain', '10023'], desk)).toMatch(/The message "reminder_1" over \$84\.20 may go out now by text message/);
			expect(seen.filter((request) => request.method === 'POST')).toEqual([]);
			expect(await dunwell(['remind', '10023'], desk)).toMatch(/sent/);
			// Once more, as an impatient person would: the patient hears once.
			expect(await dunwell(['remind', '10023'], desk)).toMatch(/duplicate/);
			expect(await dunwell(['audit', 'check'], admin)).toMatch(/is whole/);

			const sent = seen.filter((request) => request.method === 'POST');
			expect(sent.map((request) => [request.path, request.status, request.violations])).toEqual([
				[`/2010-04-01/Accounts/${TWILIO_CREDENTIALS.account_sid}/Messages.json`, 201, ''],
			]);
			expect(sent[0]?.authorization).toBe(`Basic ${Buffer.from(`${TWILIO_CREDENTIALS.account_sid}:${TWILIO_CREDENTIALS.auth_token}`).toString('base64')}`);
			const form = sent[0]?.body ?? new URLSearchParams();
			expect([form.get('To'), form.get('From')]).toEqual([PHONE, SENDER]);
			expect(form.get('Body')).toMatch(
				/^Allergy Associates: you have a balance due\. View or pay: http:\/\/127\.0\.0\.1:\d+\/api\/go\/\S+ Questions\? .* Reply STOP to opt out\.$/,
			);
			// Its address has a port and random letters of its own.
			expect(form.get('Body')?.replace(/http\S+/, '')).not.toMatch(/84|Roe|Jane|5001/);
			expect(form.get('StatusCallback')).toMatch(new RegExp(`^${service.url}/api/hooks/twilio/pr_`));
		},
		120_000,
	);

	it('takes an import back by its reference', async () => {
		const report = join(folder.path, 'second.csv');
		writeFileSync(report, 'Account #,Invoice #,First Statement,Patient Balance\r\n10024,6001,11/01/2026,12.00\r\n');
		const created = await dunwell(['practice', 'create', '--name', 'Second', '--zone', 'America/Chicago'], { DUNWELL_OPERATOR_KEY: OPERATOR_KEY });
		const key = { DUNWELL_KEY: /Live key +(live_\S+)/.exec(created)?.[1] ?? '' };
		const imported = await dunwell(['import', report], key);
		const ref = /imp_\w+/.exec(imported)?.[0] ?? '';
		expect(await dunwell(['undo-import', ref], key)).toMatch(/Restored +[1-9]/);
		await expect(dunwell(['undo-import', ref], key)).rejects.toThrow(/This import was undone before\./);
	}, 60_000);

	it('tells a person what is wrong in a sentence, and ends with 1', async () => {
		await expect(dunwell(['practice', 'create', '--name', 'X', '--zone', 'Mars'], { DUNWELL_OPERATOR_KEY: OPERATOR_KEY })).rejects.toThrow(
			/"time_zone" must be an IANA name/,
		);
		await expect(dunwell(['undo-import', 'imp_nothing'], { DUNWELL_KEY: 'live_nobody' })).rejects.toThrow(/key/i);
	}, 60_000);
});
