/** Accounts as they were at a past instant, and what became known of them since, as far as the ledger remembers (past.ts). */
import type { Tx } from '../../ledger/open.ts';
import type { FactChange, SimulatedAccount } from '../../rules/simulate.ts';
import type { AccountFacts, PastContact } from '../../rules/types.ts';
import { factsOf } from '../accounts/facts.ts';
import { type Account, type AccountRow, loadAccounts } from '../accounts.ts';
import type { Practice } from '../practice.ts';
import { changeBetween } from './changes.ts';
import { type Past, readPast } from './past.ts';
import { rowAt } from './row.ts';

/** One account at an instant; `now` is the present. */
export async function accountAt(tx: Tx, practice: Practice, ref: string, at: number, now: number): Promise<Account> {
	const [current] = await loadAccounts(tx, practice, [ref], now);
	const past = (await readPast(tx, practice, [ref], at)).get(ref);
	const row = rowAt(practice, (current as Account).row, past as Past, at);
	return { row, facts: factsOf(practice, row, at) };
}

/** Accounts of a span that ends now, for a simulation. What did not exist yet when it began starts with nothing owed. */
export async function simulatedAccounts(tx: Tx, practice: Practice, refs: readonly string[], from: number, now: number): Promise<SimulatedAccount[]> {
	const current = await loadAccounts(tx, practice, refs, now);
	const past = await readPast(tx, practice, refs, from);
	return current.map(({ row }) => simulated(practice, row, past.get(row.account_ref) as Past, from, now));
}

function simulated(practice: Practice, row: AccountRow, past: Past, from: number, now: number): SimulatedAccount {
	const factsAt = (at: number): AccountFacts => factsOf(practice, rowAt(practice, row, past, at), at);
	const start = factsAt(from);
	const changes: FactChange[] = [];
	let [before, known] = [start, from];
	for (const at of instants(past, from, now)) {
		const after = factsAt(at);
		const change = changeBetween(before, after, at);
		const history = elsewhere(past, known, at);
		if (change !== undefined || history.length > 0) changes.push({ at, ...change, facts: { ...change?.facts, ...(history.length > 0 ? { history } : {}) } });
		[before, known] = [after, at];
	}
	const confirmedUntil = Object.fromEntries(past.invoices.map((invoice) => [invoice.invoice_ref, Date.parse(invoice.as_of)]));
	return { facts: start, changes, confirmedUntil };
}

/** Contacts that were made without us happened whatever the policy says. */
const elsewhere = ({ sent }: Past, after: number, until: number): PastContact[] =>
	sent
		.map((one) => ({ ...one, at: Date.parse(one.at) }))
		.filter((one) => one.elsewhere && one.at > after && one.at <= until)
		.map(({ at, channel, conversation }) => ({ at, channel, ...(conversation ? { conversation } : {}) }));

/** Instants after `from` at which something became known. */
function instants(past: Past, from: number, now: number): number[] {
	const text = [
		...past.holds.flatMap((hold) => [hold.since, hold.released_at]),
		...past.sent.filter((sent) => sent.elsewhere).map((sent) => sent.at),
		...past.appointments.map((visit) => visit.completed_at),
		...past.arrangements.flatMap((one) => [one.created_at, one.updated_at]),
		...past.flags.flatMap((flag) => [flag.at, flag.cleared_at]),
		...past.disputes.flatMap((dispute) => [dispute.at, dispute.resolved_at]),
		...past.invoices.flatMap((invoice) => [invoice.created_at, invoice.again_since, invoice.insurance_since, invoice.returned_at]),
		...past.contacts.map((contact) => contact.updated_at),
	].flatMap((at) => (at === null ? [] : Date.parse(at)));
	const known = [...past.entries.filter((entry) => entry.kind !== 'reminder_leaving').map((entry) => entry.at), ...past.amounts.map((amount) => amount.at)];
	return [...new Set([...text, ...known])].filter((at) => at > from && at <= now).sort((a, b) => a - b);
}
