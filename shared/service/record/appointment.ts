/** Record Appointment: a visit and what it leaves to pay, told when it is certain and not before. */
import { invalidField } from '../../contracts/failure.ts';
import { formatMoney, fromMinor, toMinor } from '../../contracts/money.ts';
import type { Static } from '../../contracts/schema.ts';
import type { Tx } from '../../ledger/open.ts';
import type { input as appointmentInput } from '../../operations/record_appointment.ts';
import type { Service } from '../../operations/registry.ts';
import { findRef, loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, causeOf, iso, localIso, readPractice, shown } from '../practice.ts';
import { newRef } from '../refs.ts';
import { reviewAccounts } from '../review/accounts.ts';
import type { Caller, Deps } from '../types.ts';

type Input = Static<typeof appointmentInput>;

const HOUR_MS = 3_600_000;

export const recordAppointment =
	(deps: Deps, caller: Caller): Service['record_appointment'] =>
	(input) =>
		once(deps, caller, 'record_appointment', input, async (tx) => {
			const now = deps.now();
			const practice = await readPractice(tx, caller.practiceId, now);
			const ref = await findRef(tx, caller, input);
			const { row: account } = await loadAccount(tx, practice, ref, now, true);
			const currency = input.currency ?? account.currency;
			if (currency !== account.currency)
				throw invalidField('currency', 'The account is kept in another currency. Amounts of different currencies are never added: use another account.');
			const visit = readInput(input, currency, now);
			const done = await write(tx, practice.id, ref, visit, now);
			const changed = done.outcome === 'created' || done.outcome === 'updated';
			if (changed)
				await audit(tx, practice.id, [
					{
						at: iso(now),
						actor: actorOf(caller),
						kind: 'appointment_recorded',
						subject: ref,
						body: { appointment_ref: done.ref, completed_at: visit.completed_at, residual_minor: visit.residual_minor, certain: visit.certain },
					},
				]);
			const review = changed
				? await reviewAccounts(deps, tx, practice, [ref], {
						raisedBy: `key:${caller.keyId}`,
						causedBy: causeOf(caller),
						actor: actorOf(caller),
						sending: practice.policy.sending,
					})
				: undefined;
			const { residual_minor: minor, certain } = done.outcome === 'older_ignored' || done.outcome === 'unchanged' ? done.known : visit;
			const toldAt = Date.parse(visit.completed_at) + practice.policy.appointment.wait_hours * HOUR_MS;
			return {
				account_ref: ref,
				your_reference: shown(practice, account.your_reference),
				appointment_ref: done.ref,
				outcome: done.outcome,
				amount_due: fromMinor(minor ?? 0, currency),
				amount_due_text: minor === null ? '' : formatMoney(minor, currency),
				currency,
				is_certain: certain,
				told_at: certain && minor !== null && minor > 0 ? localIso(toldAt, practice.zone) : '',
				event_raised: (review?.events ?? 0) > 0,
				link: accountLink(deps, ref),
			};
		});

interface Visit {
	your_reference: string;
	completed_at: string;
	residual_minor: number | null;
	certain: boolean;
	invoice: string | null;
	currency: string;
	as_of: string;
}

/** @throws Failure `invalid` that names the field */
function readInput(input: Input, currency: string, now: number): Visit {
	const minor = (field: 'amount_due' | 'copay_due' | 'copay_collected'): number | undefined => {
		const value = input[field];
		if (value === undefined) return undefined;
		const converted = toMinor(value, currency);
		if (converted === undefined) throw invalidField(field, `"${field}" has more decimals than ${currency} has.`);
		return converted;
	};
	for (const field of ['completed_at', 'as_of'] as const)
		if (input[field] !== undefined && Date.parse(input[field]) > now + 300_000)
			throw invalidField(field, `"${field}" lies in the future. Record an appointment when it is completed.`);
	const [due, copay, collected] = [minor('amount_due'), minor('copay_due'), minor('copay_collected')];
	if (collected !== undefined && copay === undefined) throw invalidField('copay_due', '"copay_due" is needed beside "copay_collected": what was due of it.');
	const ofCopay = copay === undefined ? undefined : Math.max(0, copay - (collected ?? 0));
	return {
		your_reference: input.appointment,
		completed_at: iso(Date.parse(input.completed_at)),
		residual_minor: due ?? ofCopay ?? null,
		// A copay is known at the visit; every other amount is certain when insurance is done with it, and somebody says so.
		certain: input.certain ?? (due === undefined && ofCopay !== undefined),
		invoice: input.invoice ?? null,
		currency,
		as_of: iso(input.as_of === undefined ? now : Date.parse(input.as_of)),
	};
}

interface Written {
	ref: string;
	outcome: 'created' | 'updated' | 'unchanged' | 'older_ignored';
	known: { residual_minor: number | null; certain: boolean };
}

async function write(tx: Tx, practiceId: string, account: string, visit: Visit, now: number): Promise<Written> {
	const before = await tx
		.selectFrom('appointment')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', visit.your_reference)
		.executeTakeFirst();
	if (before) {
		const known = { residual_minor: before.residual_minor, certain: before.certain };
		if (before.as_of.getTime() > Date.parse(visit.as_of)) return { ref: before.appointment_ref, outcome: 'older_ignored', known };
		const same =
			before.residual_minor === visit.residual_minor &&
			before.certain === visit.certain &&
			(visit.invoice ?? before.invoice) === before.invoice &&
			before.completed_at.getTime() === Date.parse(visit.completed_at);
		if (same) return { ref: before.appointment_ref, outcome: 'unchanged', known };
	}
	const ref = before?.appointment_ref ?? newRef('apt');
	if (before)
		await tx
			.updateTable('appointment')
			.set({ ...visit, invoice: visit.invoice ?? before.invoice })
			.where('practice_id', '=', practiceId)
			.where('appointment_ref', '=', ref)
			.execute();
	else
		await tx
			.insertInto('appointment')
			.values({ practice_id: practiceId, appointment_ref: ref, account_ref: account, source: 'api', ...visit })
			.execute();
	await tx
		.updateTable('account')
		.set({ next_review_at: iso(now) })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.execute();
	return { ref, outcome: before ? 'updated' : 'created', known: visit };
}
