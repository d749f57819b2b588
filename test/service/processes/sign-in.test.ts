/** Several processes on one PostgreSQL share a sign-in: whoever comes first renews it, the others wait for what it got. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { admin, createDatabase, emptyFolder, type Folder, hasPostgres, postgresTitle, type TestDatabase } from '../../kit/database.ts';
import { call, createPractice, movedTo, type Process, startProcess, type TestPractice } from '../../kit/service.ts';

const CLIENT = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };

describe.skipIf(!hasPostgres)(`Two processes ${postgresTitle}`, { timeout: 60_000 }, () => {
	let database: TestDatabase;
	let folders: Folder[];
	let google: AuthorizationServer;
	let processes: Process[];
	let practices: TestPractice[];

	beforeAll(async () => {
		database = await createDatabase();
		folders = [emptyFolder(), emptyFolder()];
		google = await startAuthorizationServer(CLIENT);
		google.expiresIn = 2;
		google.answer = () => ({ body: { email: 'billing@practice.example' } });
		const env = {
			DATABASE_URL: database.adminUrl,
			DUNWELL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
			DUNWELL_VENDOR_URLS: JSON.stringify({ gmail: google.url }),
		};
		processes = await Promise.all(folders.map(({ path }) => startProcess({ ...env, DUNWELL_DATA: path })));
		const first = await createPractice(processes[0]?.url ?? '', { twilio: false });
		practices = processes.map(({ url }) => movedTo(first, url));
		await first.setup('POST', '/connections', { connection: 'mail', vendor: 'gmail', credentials: CLIENT });
		const { authorization_url } = await first.setup('POST', '/connections/mail/authorize');
		const { pathname, search } = new URL(await google.visit(authorization_url));
		// The way back may come to the process that did not begin it.
		expect((await call(processes[1]?.url ?? '', '', 'GET', pathname + search)).status).toBe(200);
	});
	afterAll(async () => {
		await Promise.all(processes.map((process) => process.kill()));
		await google[Symbol.asyncDispose]();
		await database.drop();
		for (const folder of folders) folder.remove();
	});

	const checks = (count: number) =>
		Promise.all(Array.from({ length: count }, (_, i) => practices[i % practices.length]?.setup('POST', '/connections/mail/check')));

	it('renew it once for ten calls at once', async () => {
		// Half of the two seconds that the token of the sign-in lives.
		await new Promise((resolve) => setTimeout(resolve, 1100));
		google.expiresIn = 3600;
		google.delayMs = 500;
		google.grants.length = 0;
		const answers = await checks(10);
		expect(answers.map(({ status }) => status)).toEqual(Array(10).fill('working'));
		expect(google.grants).toEqual([{ grant: 'refresh_token', ok: true, basic: false }]);
		const rows = await admin("select tokens_version, refresh_by from dunwell.connection where connection = 'mail'", database.name);
		expect(rows).toEqual([{ tokens_version: 2, refresh_by: null }]);
	});
});
