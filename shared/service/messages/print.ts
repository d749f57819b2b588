/**
 * Print batches. A letter that was decided and written lies `prepared`; every night what lies there becomes one PDF, in the
 * order of the last names. Whoever printed and mailed it says so, and that is the contact.
 */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { localDay } from '../../rules/index.ts';
import { audit } from '../audit.ts';
import { actorOf, iso, type Practice, readPractice } from '../practice.ts';
import { sha256 } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { type LetterRow, letterOf } from './letter-of.ts';

/** As many letters as are made in a few seconds and held in memory; the rest makes a batch of its own. */
const MOST_LETTERS = 500;

const FAR = Date.parse('9999-01-01T00:00:00Z');

export interface PrintBatch {
	print_batch: string;
	test: boolean;
	/** The day it was gathered, in the practice's zone. */
	cycle_on: string;
	letters: number;
	pages: number;
	created_at: string;
	/** Empty until somebody says that it was printed and mailed. */
	printed_at: string;
}

interface Whose {
	practiceId: string;
	test: boolean;
	actor: string;
}

/** Letters that lie ready: of one batch, or of none yet. Those that were taken back meanwhile are none of them, nor what was paid a moment ago and no review has seen. */
const ready = (tx: Tx, { practiceId, test }: Pick<Whose, 'practiceId' | 'test'>, batch: string | null) =>
	tx
		.selectFrom('reminder')
		.innerJoin('account', (join) => join.onRef('account.practice_id', '=', 'reminder.practice_id').onRef('account.account_ref', '=', 'reminder.account_ref'))
		.where('reminder.practice_id', '=', practiceId)
		.where('reminder.test', '=', test)
		.where('reminder.status', '=', 'prepared')
		.where('reminder.vendor', '=', 'print')
		.where('reminder.print_batch', batch === null ? 'is' : '=', batch)
		.where(
			sql<boolean>`(reminder.covers = '{}' or exists (select from invoice i where i.practice_id = ${practiceId} and i.invoice_ref = any(reminder.covers) and i.amount_minor > 0))`,
		);

const readLetters = (tx: Tx, whose: Pick<Whose, 'practiceId' | 'test'>, batch: string | null, before = FAR): Promise<LetterRow[]> =>
	ready(tx, whose, batch)
		.select(['reminder.reminder_ref', 'reminder.address', 'reminder.body_text', 'reminder.language', 'reminder.amount_minor', 'reminder.currency'])
		.select(['reminder.evidence', 'reminder.claimed_at', 'reminder.created_at', 'account.name', 'account.your_reference'])
		.where('reminder.claimed_at', '<', new Date(before))
		.orderBy(
			sql`lower(case when account.name like '%,%' then split_part(account.name, ',', 1) else regexp_replace(coalesce(account.name, ''), '^.*\\s', '') end) collate "C"`,
		)
		.orderBy(sql`account.your_reference collate "C"`)
		.orderBy('reminder.reminder_ref')
		.limit(MOST_LETTERS)
		.execute();

const returnAddress = async (tx: Tx, practiceId: string): Promise<string> =>
	(await tx.selectFrom('sender').select('address').where('practice_id', '=', practiceId).where('channel', '=', 'letter').executeTakeFirst())?.address ?? '';

/** Loading what writes a PDF takes a tenth of a second: only who prints waits for it. */
async function pdfOf(deps: Deps, practice: Practice, rows: readonly LetterRow[], from: string, title: string): Promise<{ pdf: Uint8Array; pages: number }> {
	const { lettersPdf } = await import('./letter.ts');
	return lettersPdf(
		rows.map((row) => letterOf(practice, row, from)),
		{ title, at: deps.now() },
	);
}

/**
 * Gathers what was ready before `before` (milliseconds) into batches of this day. Safe to call at once from several
 * processes: a letter goes into one batch.
 */
export async function gatherLetters(deps: Deps, whose: Whose, day: string, before: number): Promise<PrintBatch[]> {
	const batches: PrintBatch[] = [];
	for (;;) {
		const found = await deps.ledger.practice(whose.practiceId, async (tx) => ({
			practice: await readPractice(tx, whose.practiceId, deps.now()),
			rows: await readLetters(tx, whose, null, before),
			from: await returnAddress(tx, whose.practiceId),
		}));
		if (found.rows.length === 0) return batches;
		const made = await pdfOf(deps, found.practice, found.rows, found.from, `Letters of ${day}`);
		const batch = await deps.ledger.practice(whose.practiceId, (tx) => keep(deps, tx, whose, day, found.rows, made));
		// Another process was faster, or a letter was taken back while the pages were written: look again.
		if (batch) batches.push(batch);
	}
}

async function keep(
	deps: Deps,
	tx: Tx,
	whose: Whose,
	day: string,
	rows: readonly LetterRow[],
	{ pdf, pages }: { pdf: Uint8Array; pages: number },
): Promise<PrintBatch | undefined> {
	// One gatherer of a practice at a time: numbers of batches would collide, and letters be taken twice.
	await sql`select 1 from practice where practice_id = ${whose.practiceId} for update`.execute(tx);
	const refs = rows.map((row) => row.reminder_ref);
	const still = await ready(tx, whose, null).select('reminder.reminder_ref').where(sql<boolean>`reminder.reminder_ref = any(${refs})`).execute();
	if (still.length !== refs.length) return undefined;
	const { count } = await tx
		.selectFrom('print_batch')
		.select(sql<number>`count(*)::int`.as('count'))
		.where('practice_id', '=', whose.practiceId)
		.where('test', '=', whose.test)
		.where('cycle_on', '=', day)
		.executeTakeFirstOrThrow();
	const name = `print_${day.replaceAll('-', '')}${whose.test ? '_test' : ''}${count === 0 ? '' : `_${count + 1}`}`;
	const now = iso(deps.now());
	await tx
		.insertInto('print_batch')
		.values({
			practice_id: whose.practiceId,
			print_batch: name,
			test: whose.test,
			cycle_on: day,
			letters: rows.length,
			pages,
			pdf,
			digest: sha256(pdf),
			actor: whose.actor,
			created_at: now,
		})
		.execute();
	await sql`update reminder set print_batch = ${name} where practice_id = ${whose.practiceId} and reminder_ref = any(${refs})`.execute(tx);
	await audit(tx, whose.practiceId, [
		{ at: now, actor: whose.actor, kind: 'print_batch_gathered', subject: name, body: { letters: rows.length, pages, digest: sha256(pdf).toString('hex') } },
	]);
	return { print_batch: name, test: whose.test, cycle_on: day, letters: rows.length, pages, created_at: now, printed_at: '' };
}

/** What waits now, for who does not want to wait for the night. */
export async function gatherNow(deps: Deps, caller: Caller): Promise<{ items: PrintBatch[] }> {
	const { zone } = await deps.ledger.practice(caller.practiceId, (tx) => readPractice(tx, caller.practiceId, deps.now()));
	const whose = { practiceId: caller.practiceId, test: caller.test, actor: actorOf(caller) };
	return { items: await gatherLetters(deps, whose, localDay(deps.now(), zone), deps.now() + 1) };
}

export async function listPrintBatches(deps: Deps, caller: Caller): Promise<{ items: PrintBatch[]; waiting: number }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const rows = await tx
			.selectFrom('print_batch')
			.select(['print_batch', 'test', 'letters', 'pages', 'created_at', 'printed_at', sql<string>`cycle_on::text`.as('cycle_on')])
			.where('practice_id', '=', caller.practiceId)
			.where('test', '=', caller.test)
			.orderBy('created_at', 'desc')
			.orderBy('print_batch', 'desc')
			.limit(100)
			.execute();
		const { waiting } = await ready(tx, caller, null).select(sql<number>`count(*)::int`.as('waiting')).executeTakeFirstOrThrow();
		return { items: rows.map((row) => ({ ...row, created_at: row.created_at.toISOString(), printed_at: row.printed_at?.toISOString() ?? '' })), waiting };
	});
}

const unknownBatch = (): Failure => new Failure('missing', 'There is no such print batch. GET /api/print-batches lists them.', { code: 'print_batch_unknown' });

/**
 * The pages to print. Until they were printed, letters that were taken back meanwhile (paid, on hold, opted out) are left
 * out and the pages made again.
 * @throws Failure `missing` for none of this practice's; `conflict` when every letter of it was taken back
 */
export async function printBatchPdf(deps: Deps, caller: Caller, name: string): Promise<Uint8Array> {
	const found = await deps.ledger.practice(caller.practiceId, async (tx) => {
		const row = await tx
			.selectFrom('print_batch')
			.select(['letters', 'pdf', 'printed_at', sql<string>`cycle_on::text`.as('cycle_on')])
			.where('practice_id', '=', caller.practiceId)
			.where('test', '=', caller.test)
			.where('print_batch', '=', name)
			.executeTakeFirst();
		if (!row) throw unknownBatch();
		await audit(tx, caller.practiceId, [{ at: iso(deps.now()), actor: actorOf(caller), kind: 'print_batch_read', subject: name, body: {} }]);
		const rows = row.printed_at ? [] : await readLetters(tx, caller, name);
		return {
			...row,
			rows,
			practice: await readPractice(tx, caller.practiceId, deps.now()),
			from: await returnAddress(tx, caller.practiceId),
		};
	});
	if (found.printed_at || found.rows.length === found.letters) return found.pdf;
	if (found.rows.length === 0)
		throw new Failure('conflict', 'Every letter of this batch was taken back: nothing is left to print.', { code: 'print_batch_empty' });
	const { pdf, pages } = await pdfOf(deps, found.practice, found.rows, found.from, `Letters of ${found.cycle_on}`);
	await deps.ledger.practice(caller.practiceId, (tx) =>
		tx
			.updateTable('print_batch')
			.set({ pdf, pages, letters: found.rows.length, digest: sha256(pdf) })
			.where('practice_id', '=', caller.practiceId)
			.where('print_batch', '=', name)
			.where('printed_at', 'is', null)
			.execute(),
	);
	return pdf;
}

/** Says that a batch was printed and mailed: each letter in it counts as a contact from now on. Saying it twice changes nothing. */
export async function markPrinted(deps: Deps, caller: Caller, name: string): Promise<{ print_batch: string; letters: number; printed_at: string }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const row = await tx
			.selectFrom('print_batch')
			.select(['letters', 'printed_at'])
			.where('practice_id', '=', caller.practiceId)
			.where('test', '=', caller.test)
			.where('print_batch', '=', name)
			.forUpdate()
			.executeTakeFirst();
		if (!row) throw unknownBatch();
		if (row.printed_at) return { print_batch: name, letters: row.letters, printed_at: row.printed_at.toISOString() };
		const now = iso(deps.now());
		const letters = await ready(tx, caller, name).select('reminder.reminder_ref').execute();
		const sent = await tx
			.updateTable('reminder')
			.set({ status: 'sent', sent_at: now, raw_status: 'printed', failure_code: null })
			.where('practice_id', '=', caller.practiceId)
			.where(sql<boolean>`reminder_ref = any(${letters.map((letter) => letter.reminder_ref)})`)
			.where('status', '=', 'prepared')
			.returning(['reminder_ref', 'account_ref'])
			.execute();
		await tx
			.updateTable('print_batch')
			.set({ printed_at: now, letters: sent.length })
			.where('practice_id', '=', caller.practiceId)
			.where('print_batch', '=', name)
			.execute();
		await audit(tx, caller.practiceId, [
			...sent.map((letter) => ({
				at: now,
				actor: actorOf(caller),
				kind: 'reminder_sent',
				subject: letter.account_ref,
				body: { reminder_ref: letter.reminder_ref, raw_status: 'printed' },
			})),
			{ at: now, actor: actorOf(caller), kind: 'print_batch_printed', subject: name, body: { letters: sent.length } },
		]);
		return { print_batch: name, letters: sent.length, printed_at: now };
	});
}

/** One letter by itself: of staff work, or to look at. @throws Failure `missing` where the reminder is no letter with a text */
export async function letterPdf(deps: Deps, caller: Caller, ref: string): Promise<Uint8Array> {
	const found = await deps.ledger.practice(caller.practiceId, async (tx) => {
		const row = await tx
			.selectFrom('reminder')
			.innerJoin('account', (join) => join.onRef('account.practice_id', '=', 'reminder.practice_id').onRef('account.account_ref', '=', 'reminder.account_ref'))
			.select(['reminder.reminder_ref', 'reminder.address', 'reminder.body_text', 'reminder.language', 'reminder.amount_minor', 'reminder.currency'])
			.select(['reminder.evidence', 'reminder.claimed_at', 'reminder.created_at', 'account.name', 'account.your_reference'])
			.where('reminder.practice_id', '=', caller.practiceId)
			.where('reminder.test', '=', caller.test)
			.where('reminder.reminder_ref', '=', ref)
			.where('reminder.channel', '=', 'letter')
			.where('reminder.body_text', 'is not', null)
			.executeTakeFirst();
		if (!row) throw new Failure('missing', 'There is no such letter of this practice.', { code: 'letter_unknown' });
		await audit(tx, caller.practiceId, [{ at: iso(deps.now()), actor: actorOf(caller), kind: 'letter_read', subject: ref, body: {} }]);
		return { row, practice: await readPractice(tx, caller.practiceId, deps.now()), from: await returnAddress(tx, caller.practiceId) };
	});
	return (await pdfOf(deps, found.practice, [found.row], found.from, 'Letter')).pdf;
}
