/**
 * Caps of law on one debt. They count what the history says of each invoice a message would cover; a contact
 * whose invoices nobody noted counts against every one of them.
 */
import type { Channel } from '../../contracts/words.ts';
import { DAY, dayNumber, instantOf, localDayNumber } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import type { InvoiceFacts, Leaf, PastContact, Reason } from '../types.ts';
import { freedAt, note, type Scene, within } from '../waits.ts';
import type { DebtCap, Law, Silence } from './law.ts';

/** Why a message on this channel about these invoices must wait; empty when nothing stands against it. */
export function debtWaits(scene: Scene, law: Law, channel: Channel, invoices: readonly InvoiceFacts[]): Reason[] {
	const found: Reason[] = [];
	for (const cap of law.caps) if (cap.channels.includes(channel) && !farBelow(scene, cap)) for (const invoice of invoices) capOn(scene, found, cap, invoice);
	for (const silence of law.silences) if (silence.channels.includes(channel)) for (const invoice of invoices) silenceOn(scene, found, silence, invoice);
	return latest(found);
}

/** Of several debts the one that keeps it longest speaks for all. */
function latest(reasons: readonly Reason[]): Reason[] {
	const kept = new Map<string, Reason>();
	for (const why of reasons) if ((kept.get(why.code)?.until ?? Number.NEGATIVE_INFINITY) < (why.until as number)) kept.set(why.code, why);
	return [...kept.values()];
}

/** So few contacts in all that no debt of the account can be near the cap: the usual case, told once and not for each. */
function farBelow({ facts, now, trace }: Scene, { limit, days, pack, channels }: DebtCap): boolean {
	let count = 0;
	for (const { at, channel } of facts.history) if (now - at < days * DAY && channels.includes(channel)) count += 1;
	if (count >= limit) return false;
	const leaves: Leaf[] = [{ fact: `contacts_${days}_days`, op: '<', expected: limit, actual: count, ok: true }];
	trace.push({ rule: 'cap_debt', outcome: 'pass', text: `At most ${count} of ${limit} in ${days} days about any debt (${pack}).`, leaves });
	return true;
}

function capOn(scene: Scene, into: Reason[], cap: DebtCap, invoice: InvoiceFacts): void {
	const { facts, now } = scene;
	const leaves: Leaf[] = [];
	if (cap.inCollections === true && leaf(leaves, 'in_collections', '=', false, facts.inCollections) === true) return;
	if (cap.pastDueDays !== undefined && leaf(leaves, 'days_past_due', '<=', cap.pastDueDays, pastDue(scene, invoice)) === true) return;
	const counted = facts.history.filter((contact) => speaksOf(contact, invoice) && cap.channels.includes(contact.channel) && arrived(contact, cap));
	const inside = within(counted, now, cap.days);
	const { limit, days, pack } = cap;
	const count = inside.length;
	const ok = leaf(leaves, `contacts_about_it_${days}_days`, '<', limit, count) === true;
	const until = ok ? undefined : freedAt(inside, limit, days);
	note(scene, into, 'cap_debt', leaves, ok, `${count} of ${limit} in ${days} days (${pack}).`, { count, limit, days, law: pack }, until, invoice.ref);
}

const speaksOf = ({ invoices }: PastContact, { ref }: InvoiceFacts): boolean => invoices === undefined || invoices.includes(ref);
const arrived = ({ failed, channel }: PastContact, { failedCount }: DebtCap): boolean => failed !== true || failedCount.includes(channel);

/** Undefined without a due date: then it counts as a debt already. */
function pastDue({ facts, now }: Scene, { dueDate }: InvoiceFacts): number | undefined {
	const due = dueDate === undefined ? Number.NaN : dayNumber(dueDate);
	return Number.isNaN(due) ? undefined : localDayNumber(now, facts.practiceZone) - due;
}

/** The day of the talk is the first of the days, on whichever plausible clock it ends last. */
function silenceOn(scene: Scene, into: Reason[], { days, pack }: Silence, invoice: InvoiceFacts): void {
	const { facts, now } = scene;
	let until = now;
	for (const contact of facts.history) {
		if (contact.conversation !== true || contact.channel !== 'voice' || !speaksOf(contact, invoice)) continue;
		for (const zone of [facts.practiceZone, ...facts.zones]) until = Math.max(until, instantOf(localDayNumber(contact.at, zone) + days, 0, zone));
	}
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, 'talk_is_past_at', '<=', now, until) === true;
	note(scene, into, 'silence_conversation', leaves, ok, `Nobody talked about it within ${days} days (${pack}).`, { days, law: pack }, until, invoice.ref);
}
