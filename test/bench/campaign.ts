/**
 * 5,000 reminders of one practice at ten a second, sent by two processes, while a second practice that shares the account
 * at the vendor asks for a reminder now and then. Takes nine minutes, so it runs only when it is named.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { awakeAccount, awakePlace } from '../kit/awake.ts';
import { createDatabase, emptyFolder, hasPostgres } from '../kit/database.ts';
import { createAccount, createPractice, dayBefore, type Process, startProcess, type TestPractice } from '../kit/service.ts';
import { startTwilio } from '../kit/twilio.ts';
import { atMost, type Row } from './row.ts';

const MESSAGES = 5000;
const PER_SECOND = 10;
const ROWS = 500;
const PROCESSES = 2;
/** Between two reminders of the second practice. */
const PAUSE_MS = 20_000;
const POLICY = { hours: { start: '00:00', end: '24:00', sunday: true }, fallback: false };

export async function benchCampaign(): Promise<Row[]> {
	const place = awakePlace();
	if (!hasPostgres) throw new Error('Error: needs a PostgreSQL at 127.0.0.1:5432 or DATABASE_URL');
	if (!place) throw new Error('Error: it is night in all of the United States, where nobody is texted');
	const database = await createDatabase();
	const folders = Array.from({ length: PROCESSES }, emptyFolder);
	await using twilio = await startTwilio(() => ({ delayMs: 200 }));
	const start = ({ path }: { path: string }): Promise<Process> =>
		startProcess({
			DUNWELL_DATA: path,
			DATABASE_URL: database.adminUrl,
			DUNWELL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
			DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: twilio.url }),
			DUNWELL_VENDOR_RATES: JSON.stringify({ twilio: PER_SECOND }),
		});
	const processes = await Promise.all(folders.map(start));
	try {
		const large = await createPractice(processes[0]?.url ?? '', { policy: { ...POLICY, sending: 'automatic' } });
		const small = await createPractice(processes[1]?.url ?? '', { policy: { ...POLICY, sending: 'flows' } });
		await importAll(large, place);
		const waits: number[] = [];
		await twilio.arrived(PER_SECOND);
		while (twilio.requests.length < MESSAGES) {
			waits.push(await remind(small, waits.length));
			await delay(Math.min(PAUSE_MS, ((MESSAGES - twilio.requests.length) / PER_SECOND) * 1000 + 1000));
		}
		await twilio.arrived(MESSAGES + waits.length);
		const times = twilio.requests.map(({ at }) => at).sort((a, b) => a - b);
		const [first = 0, last = 0] = [times[0], times.at(-1)];
		const part = 'campaign';
		const once = new Set(twilio.requests.map(({ to }) => to)).size;
		return [
			{
				part,
				name: `${MESSAGES.toLocaleString('en-US')} reminders at ${PER_SECOND} a second, ${PROCESSES} processes`,
				measured: (times.length - 1) / ((last - first) / 1000),
				unit: 'a second',
				budget: atMost(PER_SECOND),
				note: `${((last - first) / 1000).toFixed(0)} s; ${twilio.requests.length - once} sent twice`,
			},
			{ part, name: 'most in any one second', measured: mostWithin(times, 1000), unit: 'messages', budget: atMost(PER_SECOND) },
			{
				part,
				name: 'a second practice at the same account, longest wait',
				measured: Math.max(...waits),
				unit: 's',
				note: `${waits.length} reminders meanwhile; median ${(waits.toSorted((a, b) => a - b)[waits.length >> 1] ?? 0).toFixed(2)} s, of which the vendor takes 0.2`,
			},
		];
	} finally {
		await Promise.all(processes.map((process) => process.kill()));
		await database.drop();
		for (const folder of folders) folder.remove();
	}
}

/** A first import is history and reminds nobody, so one without a debt comes first. */
async function importAll(practice: TestPractice, place: { state: string; areaCode: string }): Promise<void> {
	const day = dayBefore(Date.now(), 8);
	const file = (rows: readonly string[]) =>
		practice.must('POST', '/api/files', {
			kind: 'aging_report',
			content: ['Account,Balance,First Notice Date,Mobile Phone,State,Consent SMS', ...rows].join('\n'),
		});
	await file([`Z-1,0.00,${day},,,`]);
	for (let from = 0; from < MESSAGES; from += ROWS)
		await file(
			Array.from({ length: ROWS }, (_, i) => `A-${from + i},50.00,${day},${place.areaCode}555${String(from + i).padStart(4, '0')},${place.state},yes`),
		);
}

/** Seconds until Send Reminder of a new account answers that it left. */
async function remind(practice: TestPractice, n: number): Promise<number> {
	const account = await createAccount(practice, { your_reference: `B-${n}`, ...awakeAccount(MESSAGES + n) });
	const started = performance.now();
	const { status } = await practice.must('POST', '/api/reminders', { account_ref: account });
	if (status !== 'sent') throw new Error(`Error: the second practice's reminder is ${status}`);
	return (performance.now() - started) / 1000;
}

function mostWithin(times: readonly number[], ms: number): number {
	let most = 0;
	for (let from = 0, to = 0; to < times.length; to += 1) {
		while ((times[to] ?? 0) - (times[from] ?? 0) >= ms) from += 1;
		most = Math.max(most, to - from + 1);
	}
	return most;
}
