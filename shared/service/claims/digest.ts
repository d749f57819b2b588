/**
 * Denials told once a day. For a subscription that wants it so a denial waits as a delivery without a time; at the
 * policy's hour all that wait become one event of the same shape, which is delivered like any other. It is not listed by
 * the polling twin, which has told each denial by itself.
 */
import { sql } from 'kysely';
import { formatMoney, toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import { bodyOf, card, type NewEvent } from '../events.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { digestDue } from './digest-choice.ts';

/** How the event lies in the ledger; whoever hears it hears a `claim_denied`. */
const STORED_TYPE = 'claim_digest';

interface Waiting {
	delivery_id: string;
	subscription_id: string;
	test: boolean;
	created_at: Date;
	body: Denial;
}

/** A denial as it was raised. */
interface Denial {
	event_id: string;
	account_ref: string;
	location: string;
	currency: string;
	amount: number;
	amount_text: string;
	claim_ref: string;
	payer: string;
	category: string;
	codes_text: string;
	codes_explained_text: string;
	line_count: number;
	line_total: number;
	what_to_do_text: string;
	deadline_on: string;
	deadline_rule: string;
	link: string;
}

/** Tells what has waited. The rows are locked: of two processes the second finds nothing. */
export async function sendDigests(deps: Deps, practiceId: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const { rows } = await sql<Waiting>`
			select d.delivery_id, d.subscription_id, s.test, d.created_at, e.body from delivery d
			join subscription s on s.practice_id = d.practice_id and s.subscription_id = d.subscription_id and s.removed_at is null
			join event e on e.practice_id = d.practice_id and e.event_id = d.event_id
			where d.practice_id = ${practiceId} and d.status = 'pending' and d.next_at is null
			order by d.subscription_id, e.seq for update of d skip locked`.execute(tx);
		// Whoever left hears nothing more.
		await sql`update delivery d set status = 'dropped', last_error = 'the subscription was removed' from subscription s
			where d.practice_id = ${practiceId} and d.status = 'pending' and d.next_at is null
				and s.practice_id = d.practice_id and s.subscription_id = d.subscription_id and s.removed_at is not null`.execute(tx);
		if (rows.length === 0) return;
		const practice = await readPractice(tx, practiceId, deps.now());
		const due = digestDue(practice, deps.now());
		const groups = new Map<string, Waiting[]>();
		for (const row of rows.filter(({ created_at }) => new Date(created_at).getTime() < due)) {
			// Amounts of different currencies are never added.
			const key = `${row.subscription_id}:${row.body.currency}`;
			groups.set(key, [...(groups.get(key) ?? []), row]);
		}
		for (const group of groups.values()) await sendDigest(deps, tx, practice, group, due);
	});
}

async function sendDigest(deps: Deps, tx: Tx, practice: Practice, group: readonly Waiting[], due: number): Promise<void> {
	const [first] = group;
	if (!first) return;
	const id = newRef('evt');
	const delivery = newRef('dlv');
	const now = iso(deps.now());
	const event = digestOf(
		deps,
		practice,
		first,
		group.map(({ body }) => body),
		due,
	);
	await tx
		.insertInto('event')
		.values({
			practice_id: practice.id,
			event_id: id,
			type: STORED_TYPE,
			key: event.key,
			test: event.test,
			amount_minor: event.amountMinor ?? 0,
			raised_by: event.raisedBy,
			occurred_at: now,
			body: JSON.stringify(bodyOf(deps, practice, event, id)),
		})
		.execute();
	await tx
		.updateTable('delivery')
		.set({ status: 'delivered', delivered_at: now, last_error: `told in the digest ${id}` })
		.where('practice_id', '=', practice.id)
		.where(sql<boolean>`delivery_id = any(${group.map(({ delivery_id }) => delivery_id)})`)
		.execute();
	await tx
		.insertInto('delivery')
		.values({ practice_id: practice.id, delivery_id: delivery, subscription_id: first.subscription_id, event_id: id, created_at: now, next_at: now })
		.execute();
	await deps.ledger.queue.add(tx, 'deliver', { practice_id: practice.id, delivery_id: delivery });
}

/** The one value of all, else empty: a digest of several payers names none. */
const common = (values: readonly string[]): string => (new Set(values).size === 1 ? (values[0] ?? '') : '');
const distinct = (texts: readonly string[], by: string): string => [...new Set(texts.flatMap((text) => text.split(by)))].filter((text) => text !== '').join(by);

function digestOf(deps: Deps, practice: Practice, { subscription_id, test }: Waiting, denials: readonly Denial[], due: number): NewEvent {
	const currency = denials[0]?.currency ?? practice.currency;
	const amountMinor = denials.reduce((sum, { amount }) => sum + (toMinor(amount, currency) ?? 0), 0);
	const lineCount = denials.reduce((sum, { line_count }) => sum + line_count, 0);
	const claims = `${denials.length === 1 ? '1 claim was' : `${denials.length} claims were`} denied or rejected`;
	const nearest = [...denials].filter(({ deadline_on }) => deadline_on !== '').sort((a, b) => (a.deadline_on < b.deadline_on ? -1 : 1))[0];
	const summary = `${claims}: ${formatMoney(amountMinor, currency)} in all.`;
	const account = common(denials.map(({ account_ref }) => account_ref));
	return {
		type: 'claim_denied',
		key: `claim_digest:${subscription_id}:${currency}:${iso(due)}`,
		test,
		...(account ? { accountRef: account } : {}),
		location: common(denials.map(({ location }) => location)),
		currency,
		amountMinor,
		raisedBy: 'review',
		summary,
		reasons: [`${lineCount} ${lineCount === 1 ? 'line is' : 'lines are'} denied. They are not asked of the patients.`],
		blocked: ['What is denied is not owed while the denial is open.'],
		fields: {
			claim_ref: common(denials.map(({ claim_ref }) => claim_ref)),
			payer: common(denials.map(({ payer }) => payer)),
			category: common(denials.map(({ category }) => category)),
			codes_text: distinct(
				denials.map(({ codes_text }) => codes_text),
				', ',
			),
			codes_explained_text: distinct(
				denials.map(({ codes_explained_text }) => codes_explained_text),
				'\n',
			),
			lines_text: denials.map(denialText).join('\n').slice(0, 8000),
			line_count: lineCount,
			line_total: denials.reduce((sum, { line_total }) => sum + line_total, 0),
			what_to_do_text: distinct(
				denials.map(({ what_to_do_text }) => what_to_do_text),
				'\n',
			),
			deadline_on: nearest?.deadline_on ?? '',
			deadline_rule: nearest?.deadline_rule ?? '',
			is_digest: true,
			claim_count: denials.length,
			card_json: card(
				summary,
				{ Claims: String(denials.length), Lines: String(lineCount), 'Nearest deadline': nearest?.deadline_on ?? '' },
				deps.config.publicUrl,
			),
		},
	};
}

const denialText = (denial: Denial): string =>
	[
		denial.claim_ref,
		denial.account_ref,
		denial.payer,
		denial.codes_text,
		denial.amount_text,
		denial.deadline_on ? `by ${denial.deadline_on} (${denial.deadline_rule})` : '',
	]
		.filter((part) => part !== '')
		.join('  ');
