/** Find Account, Get Aging, dropdowns, the outbox, and staff's account page. */
import { sql } from 'kysely';
import { Failure } from '../contracts/failure.ts';
import { formatMoney, fromMinor } from '../contracts/money.ts';
import { BUILT_IN_RULES, CHANNELS, type Channel, HOLD_REASONS } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import { localDay } from '../rules/index.ts';
import type { Decision } from '../rules/types.ts';
import { type Account, findRef, loadAccount } from './accounts.ts';
import { audit } from './audit.ts';
import { titleWithoutNames } from './escalations/words.ts';
import { e164 } from './facts.ts';
import { messageChoices } from './messages/sources.ts';
import { accountLink, actorOf, iso, localIso, type Practice, readPractice, shown } from './practice.ts';
import { consentText } from './record/account.ts';
import { oldestDays } from './review/age.ts';
import type { Caller, Deps } from './types.ts';

/** Reads of patient data are logged too. */
export const reads = (deps: Deps, tx: Tx, caller: Caller, what: string, subject: string) =>
	audit(tx, caller.practiceId, [
		{
			at: iso(deps.now()),
			actor: actorOf(caller),
			kind: 'account_read',
			subject,
			body: { operation: what, contact_details: caller.scopes.includes('contact_details') },
		},
	]);

const owed = (account: Account): number => account.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) - account.facts.creditMinor;

/** Looking somebody up by name, phone or e-mail needs the scope: a key without it must not confirm that a person is a patient. */
async function find(tx: Tx, caller: Caller, input: Parameters<Service['find_account']>[0]): Promise<string> {
	if (input.account_ref || input.your_reference) return findRef(tx, caller, input);
	if (!input.patient_name && !input.phone && !input.email)
		throw new Failure('invalid', 'Give something to look the account up by: "account_ref" or "your_reference".', {
			code: 'nothing_to_find',
			fields: [{ field: 'account_ref', message: 'Give "account_ref" or "your_reference".' }],
		});
	if (!caller.scopes.includes('contact_details'))
		throw new Failure(
			'denied',
			'Looking an account up by name, phone or e-mail needs a key with the scope "contact_details". Use such a key, or look it up by reference.',
			{ code: 'scope_required' },
		);
	let query = tx
		.selectFrom('account')
		.select('account.account_ref')
		.where('account.practice_id', '=', caller.practiceId)
		.where('account.test', '=', caller.test)
		.orderBy('account.account_ref')
		.limit(2);
	if (input.patient_name) query = query.where(sql<boolean>`lower(account.name) = lower(${input.patient_name.trim()})`);
	const address = input.email?.trim().toLowerCase() ?? (input.phone ? (e164(input.phone) ?? '') : undefined);
	if (address !== undefined)
		query = query
			.innerJoin('contact_point', (join) =>
				join.onRef('contact_point.practice_id', '=', 'account.practice_id').onRef('contact_point.account_ref', '=', 'account.account_ref'),
			)
			.where('contact_point.address', '=', address)
			.where('contact_point.recipient', '=', 'guarantor')
			.distinct();
	const rows = await query.execute();
	const first = rows[0];
	if (!first) throw new Failure('missing', 'No account was found.', { code: 'account_not_found' });
	if (rows.length > 1) throw new Failure('conflict', 'More than one account fits. Look it up by its reference.', { code: 'account_not_unique' });
	return first.account_ref;
}

/** What the ladder does next, in a sentence. */
function nextStep(practice: Practice, account: Account, decision: Decision, now: number): string {
	const { reminder } = decision;
	if (reminder.verdict === 'send') return `The message "${reminder.message ?? ''}" may go out now.`;
	if (reminder.verdict === 'wait' && reminder.sendAt)
		return `The message "${reminder.message ?? ''}" may go out from ${localIso(reminder.sendAt, practice.zone)}.`;
	const age = oldestDays(practice, account.facts, now);
	const next = practice.policy.milestones.find((milestone) => milestone.days > age);
	if (owed(account) <= 0) return 'Nothing is owed.';
	return next
		? `The next step is the message "${next.message}" at ${next.days} days.`
		: `No step is left on the ladder; staff work opens at ${practice.policy.staff_after_days} days.`;
}

const lastReminder = (tx: Tx, practiceId: string, ref: string, before: number) =>
	tx
		.selectFrom('reminder')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', ref)
		.where('sent_at', 'is not', null)
		.where('sent_at', '<=', new Date(before))
		.orderBy('sent_at', 'desc')
		.limit(1)
		.executeTakeFirst();

export const findAccount =
	(deps: Deps, caller: Caller): Service['find_account'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const now = deps.now();
			const ref = await find(tx, caller, input);
			const account = await loadAccount(tx, practice, ref, now);
			const decision = practice.rules.decide(account.facts, now);
			const { currency } = account.row;
			const open = account.facts.invoices.filter((invoice) => invoice.amountMinor > 0);
			const invoices = open
				.map((invoice) => {
					const one = practice.rules.decide({ ...account.facts, invoices: [invoice] }, now);
					const row = account.row.invoices.find((i) => i.invoice_ref === invoice.ref);
					const may = one.eligibleMinor > 0;
					return {
						invoice_ref: invoice.ref,
						amount: fromMinor(invoice.amountMinor, currency),
						amount_text: formatMoney(invoice.amountMinor, currency),
						days_overdue: oldestDays(practice, { invoices: [invoice], holds: account.facts.holds }, now),
						due_date: row?.due_date ?? '',
						may_be_asked_for: may,
						reasons_text: may ? 'It may be asked for.' : one.blocked.map((reason) => reason.text).join(' '),
					};
				})
				.sort((a, b) => b.days_overdue - a.days_overdue)
				.slice(0, 50);
			const last = await lastReminder(tx, practice.id, ref, now);
			const contact = (channel: Channel) => account.row.contacts.find((c) => c.channel === channel)?.address ?? '';
			await reads(deps, tx, caller, 'find_account', ref);
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				location: account.row.location,
				amount: fromMinor(owed(account), currency),
				amount_text: formatMoney(owed(account), currency),
				currency,
				eligible_amount: fromMinor(decision.eligibleMinor, currency),
				eligible_amount_text: formatMoney(decision.eligibleMinor, currency),
				days_overdue: oldestDays(practice, { invoices: open, holds: account.facts.holds }, now),
				invoice_count: open.length,
				invoices,
				invoices_text: invoices
					.map((invoice) => `${invoice.invoice_ref}: ${invoice.amount_text}, ${invoice.days_overdue} days`)
					.join('\n')
					.slice(0, 8000),
				can_contact: decision.canContact,
				blocked_reasons_text: decision.blocked.map((reason) => reason.text).join('\n'),
				on_hold: account.row.holds.length > 0,
				holds_text: account.row.holds.map((hold) => `${HOLD_REASONS[hold.reason]}${hold.until ? `, until ${hold.until.slice(0, 10)}` : ''}`).join('\n'),
				consent_text: consentText(account.row.consents),
				language: account.row.language,
				state: account.row.state ?? '',
				last_reminder_at: last?.sent_at ? localIso(last.sent_at.getTime(), practice.zone) : '',
				last_payment_at: account.row.last_payment_at ? localIso(Date.parse(account.row.last_payment_at), practice.zone) : '',
				next_step_text: nextStep(practice, account, decision, now),
				link: accountLink(deps, ref),
				patient_name: account.row.name ?? '',
				email: contact('email'),
				phone: contact('sms') || contact('voice'),
			};
		});

interface Bucket {
	location: string;
	accounts: number;
	a: number;
	b: number;
	c: number;
	d: number;
	e: number;
	unknown: number;
	credits: number;
}

export const getAging =
	(deps: Deps, caller: Caller): Service['get_aging'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const currency = input.currency ?? practice.currency;
			const today = localDay(deps.now(), practice.zone);
			const anchor = practice.policy.anchor === 'first_notice' ? sql`coalesce(i.first_notice_date, i.due_date)` : sql`i.due_date`;
			const age = sql`(${today}::date - ${anchor})`;
			const { rows } = await sql<Bucket>`
				select a.location, count(distinct a.account_ref) filter (where i.amount_minor > 0)::int as accounts,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${age} <= 30), 0)::bigint as a,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${age} between 31 and 60), 0)::bigint as b,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${age} between 61 and 90), 0)::bigint as c,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${age} between 91 and 120), 0)::bigint as d,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${age} > 120), 0)::bigint as e,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor > 0 and ${anchor} is null), 0)::bigint as unknown,
					coalesce(sum(i.amount_minor) filter (where i.amount_minor < 0), 0)::bigint as credits
				from account a join invoice i on i.practice_id = a.practice_id and i.account_ref = a.account_ref
				where a.practice_id = ${practice.id} and a.test = ${caller.test} and i.currency = ${currency} and i.amount_minor <> 0 and (${input.location ?? null}::text is null or a.location = ${input.location ?? null})
				group by a.location order by a.location`.execute(tx);
			const all = rows.reduce<Bucket>(
				(sum, row) => ({
					location: '',
					accounts: sum.accounts + row.accounts,
					a: sum.a + row.a,
					b: sum.b + row.b,
					c: sum.c + row.c,
					d: sum.d + row.d,
					e: sum.e + row.e,
					unknown: sum.unknown + row.unknown,
					credits: sum.credits + row.credits,
				}),
				{ location: '', accounts: 0, a: 0, b: 0, c: 0, d: 0, e: 0, unknown: 0, credits: 0 },
			);
			const total = (bucket: Bucket) => bucket.a + bucket.b + bucket.c + bucket.d + bucket.e + bucket.unknown;
			const columns = (bucket: Bucket) => ({
				account_count: bucket.accounts,
				days_0_30: fromMinor(bucket.a, currency),
				days_31_60: fromMinor(bucket.b, currency),
				days_61_90: fromMinor(bucket.c, currency),
				days_91_120: fromMinor(bucket.d, currency),
				days_121_plus: fromMinor(bucket.e, currency),
				total: fromMinor(total(bucket), currency),
				credits: fromMinor(bucket.credits, currency),
			});
			const money = (minor: number) => formatMoney(minor, currency);
			return {
				as_of: today,
				anchor: practice.policy.anchor,
				currency,
				location: input.location ?? '',
				...columns(all),
				total_text: money(total(all)),
				unknown_age: fromMinor(all.unknown, currency),
				by_location: rows.slice(0, 200).map((row) => ({ location: row.location, ...columns(row) })),
				by_location_text:
					rows.length > 1
						? rows
								.map((row) => `${row.location || 'No location'}: ${money(total(row))}, ${row.accounts} accounts`)
								.join('\n')
								.slice(0, 20_000)
						: '',
				aging_text: [
					`0 to 30 days: ${money(all.a)}`,
					`31 to 60 days: ${money(all.b)}`,
					`61 to 90 days: ${money(all.c)}`,
					`91 to 120 days: ${money(all.d)}`,
					`121 days and more: ${money(all.e)}`,
					...(all.unknown > 0 ? [`Unknown age: ${money(all.unknown)}`] : []),
					`Total: ${money(total(all))}`,
					`Credits: ${money(all.credits)}`,
				].join('\n'),
			};
		});

export async function choices(deps: Deps, caller: Caller, source: string): Promise<{ items: { id: string; label: string }[] }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const practice = await readPractice(tx, caller.practiceId, deps.now());
		switch (source) {
			case 'routes': {
				const rows = await tx.selectFrom('route').select(['route', 'label']).where('practice_id', '=', practice.id).orderBy('label').execute();
				return {
					items: [
						{ id: 'dunwell_only', label: 'Dunwell only' },
						...rows.filter((row) => row.route !== 'dunwell_only').map((row) => ({ id: row.route, label: row.label })),
					],
				};
			}
			case 'locations': {
				const rows = await tx
					.selectFrom('account')
					.select('location')
					.distinct()
					.where('practice_id', '=', practice.id)
					.where('test', '=', caller.test)
					.where('location', '<>', '')
					.orderBy('location')
					.limit(500)
					.execute();
				const names = [...new Set([...(practice.settings.locations ?? []), ...rows.map((row) => row.location)])].sort();
				return { items: names.map((name) => ({ id: name, label: name })) };
			}
			case 'messages': {
				return { items: messageChoices(practice.policy) };
			}
			case 'senders': {
				const rows = await tx.selectFrom('sender').select(['channel', 'name']).where('practice_id', '=', practice.id).orderBy('channel').execute();
				return { items: rows.map((row) => ({ id: row.channel, label: `${CHANNELS[row.channel as Channel]}${row.name ? `: ${row.name}` : ''}` })) };
			}
			case 'payers': {
				const rows = await tx.selectFrom('claim').select('payer').distinct().where('practice_id', '=', practice.id).orderBy('payer').limit(500).execute();
				return { items: rows.map((row) => ({ id: row.payer, label: row.payer })) };
			}
			case 'rules': {
				const own = practice.policy.rules.map((rule) => ({ id: rule.id, label: rule.label }));
				return { items: [...own, ...Object.entries(BUILT_IN_RULES).map(([id, label]) => ({ id, label }))] };
			}
			default:
				throw new Failure('missing', `There is no list "${source.slice(0, 40)}".`, { code: 'unknown_choice' });
		}
	});
}

/** What the sandbox took in the vendor's place, newest first. */
export async function outbox(deps: Deps, caller: Caller, limit: number): Promise<{ items: object[] }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const rows = await tx
			.selectFrom('reminder')
			.selectAll()
			.where('practice_id', '=', caller.practiceId)
			.where('test', '=', caller.test)
			.where('vendor', '=', 'sandbox')
			.where('sent_at', 'is not', null)
			.orderBy('sent_at', 'desc')
			.limit(limit)
			.execute();
		const full = caller.scopes.includes('contact_details') || caller.test;
		const words = (row: { address: string | null; subject: string | null; body_text: string | null }) =>
			full ? { to: row.address, subject: row.subject, text: row.body_text } : { to: null, subject: null, text: null };
		const reminders = rows.map((row) => ({
			reminder_ref: row.reminder_ref,
			account_ref: row.account_ref,
			channel: row.channel,
			message: row.message,
			amount_text: formatMoney(row.amount_minor, row.currency),
			sent_at: row.sent_at?.toISOString() ?? '',
			status: row.status,
			...words(row),
		}));
		const staff = (caller.test ? [] : await staffOutbox(tx, caller.practiceId, limit)).map((row) => ({
			escalation_ref: row.escalation_ref,
			channel: row.channel,
			sent_at: row.sent_at?.toISOString() ?? '',
			status: row.status,
			...words(row),
		}));
		return { items: [...reminders, ...staff].sort((one, other) => other.sent_at.localeCompare(one.sent_at)).slice(0, limit) };
	});
}

/** Work of a test key is told to nobody. */
const staffOutbox = (tx: Tx, practiceId: string, limit: number) =>
	tx
		.selectFrom('staff_message')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('vendor', '=', 'sandbox')
		.where('sent_at', 'is not', null)
		.orderBy('sent_at', 'desc')
		.limit(limit)
		.execute();

/** The relative whom the guarantor lets be told; null where none is on file. */
async function relativeOf(deps: Deps, tx: Tx, caller: Caller, ref: string) {
	const practice = await readPractice(tx, caller.practiceId, deps.now());
	const { relative } = (await loadAccount(tx, practice, ref, deps.now())).row;
	if (relative === null) return null;
	const address = (channel: Channel): string => relative.contacts.find((contact) => contact.channel === channel)?.address ?? '';
	return {
		name: relative.name,
		relation: relative.relation,
		authorization: relative.evidence,
		authorized_at: relative.authorized_at,
		until: relative.until,
		revoked_at: relative.revoked_at,
		gets_messages_instead: relative.instead,
		email: address('email'),
		phone: address('sms'),
		consent_text: consentText(relative.consents),
	};
}

/** Staff's view of an account: what is owed, what was sent, what is open; names only with the scope. */
export async function accountPage(deps: Deps, caller: Caller, ref: string): Promise<object> {
	const found = await findAccount(deps, caller)({ account_ref: ref });
	const more = await deps.ledger.practice(caller.practiceId, async (tx) => ({
		relative: await relativeOf(deps, tx, caller, ref),
		reminders: await tx
			.selectFrom('reminder')
			.select(['reminder_ref', 'status', 'channel', 'recipient', 'message', 'amount_minor', 'created_at', 'sent_at', 'failure_code'])
			.where('practice_id', '=', caller.practiceId)
			.where('account_ref', '=', ref)
			.orderBy('created_at', 'desc')
			.limit(50)
			.execute(),
		events: await tx
			.selectFrom('event')
			.select(['event_id', 'type', 'occurred_at'])
			.where('practice_id', '=', caller.practiceId)
			.where('account_ref', '=', ref)
			.orderBy('seq', 'desc')
			.limit(50)
			.execute(),
		work: await tx
			.selectFrom('escalation')
			.select(['escalation_ref', 'cause', 'reason', 'title', 'amount_minor', 'currency', 'status', 'owner', 'due_at'])
			.where('practice_id', '=', caller.practiceId)
			.where('account_ref', '=', ref)
			.orderBy('opened_at', 'desc')
			.limit(50)
			.execute(),
	}));
	const personal = caller.scopes.includes('contact_details') && caller.surface !== 'zapier';
	const work = more.work.map(({ cause, reason, ...item }) => ({ ...item, title: personal ? item.title : titleWithoutNames({ ...item, cause, reason }) }));
	const relative = more.relative && {
		...more.relative,
		...(personal ? {} : { name: null, email: null, phone: null, authorization: null, consent_text: null }),
	};
	return { ...found, ...(personal ? {} : { patient_name: null, email: null, phone: null }), ...more, relative, work };
}
