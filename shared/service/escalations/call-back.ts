/**
 * Whom a telephone service connects staff with: the guarantor of the account that the work is about. A person on the staff
 * decides to be connected and talks, so that this is no message; but the phone of somebody who must not be called is named
 * to no service, and the call waits for an hour at which both may be called.
 */
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { firstWorkingMoment, lawOf, nextAllowed } from '../../rules/index.ts';
import { loadAccount, personOf } from '../accounts.ts';
import type { Practice } from '../practice.ts';

/** Nights, weekends and closures of both: a fortnight is more than they ever take. */
const STEPS = 30;

/**
 * The phone to connect with, or the instant (milliseconds) until which the call waits.
 * @throws Failure `invalid` or `denied`: why nobody is called
 */
export async function callBackOf(tx: Tx, practice: Practice, accountRef: string | null, now: number): Promise<{ phone: string } | { at: number }> {
	if (accountRef === null) throw new Failure('invalid', 'The work is about no account, so there is nobody to call back. Give it to another route.');
	const { row, facts } = await loadAccount(tx, practice, accountRef, now);
	const { contacts, consents } = personOf(row, 'guarantor');
	const phone = contacts.find(({ channel, valid }) => channel === 'voice' && valid)?.address;
	if (phone === undefined)
		throw new Failure('invalid', 'No working phone number is recorded for the guarantor. Record one, or give the work to another route.');
	if (consents.some(({ channel, state }) => channel === 'voice' && state === 'revoked'))
		throw new Failure('denied', 'The guarantor ended calls, so nobody is connected. Write instead, or call by hand where the person asked for it.');
	const hold = practice.rules.decide(facts, now).trace.find(({ rule, outcome }) => rule === 'absolute_holds' && outcome === 'deny');
	if (hold) throw new Failure('denied', `The guarantor is not called: ${hold.text}`);
	const hours = lawOf(practice.policy, facts, now).hours.voice;
	let at = now;
	for (let step = 0; step < STEPS; step += 1) {
		const theirs = nextAllowed(firstWorkingMoment(at, practice.zone, practice.policy.closures), facts.zones, hours);
		if (theirs === undefined) break;
		if (theirs === at) return at > now ? { at } : { phone };
		at = theirs;
	}
	throw new Failure('denied', 'No hour is known at which both staff and the guarantor may be called. Record the state and ZIP code of the guarantor.');
}
