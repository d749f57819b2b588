/** Inputs of Record Balance and rows of Import Balances as facts. */
import type { BalanceFact } from '../../contracts/facts.ts';
import { invalidField } from '../../contracts/failure.ts';
import { toMinor } from '../../contracts/money.ts';
import type { Static } from '../../contracts/schema.ts';
import type { input as balanceInput } from '../../operations/record_balance.ts';
import { e164 } from '../facts.ts';
import { iso } from '../practice.ts';

export type BalanceInput = Omit<Static<typeof balanceInput>, 'idempotency_key'>;

/** An input as a fact. @throws Failure `invalid` naming the field */
export function balanceFact(input: BalanceInput, practice: { currency: string }, source: string, now: number, field = (name: string) => name): BalanceFact {
	const currency = input.currency ?? practice.currency;
	const minor = (name: 'amount' | 'original_amount' | 'good_faith_estimate'): number | undefined => {
		const value = input[name];
		if (value === undefined) return undefined;
		const converted = toMinor(value, currency);
		if (converted === undefined) throw invalidField(field(name), `"${field(name)}" has more decimals than ${currency} has.`);
		return converted;
	};
	if (!input.account_ref && !input.your_reference)
		throw invalidField(field('your_reference'), `Give "${field('your_reference')}" or "${field('account_ref')}" to say whose balance it is.`);
	if (input.phone !== undefined && e164(input.phone) === undefined)
		throw invalidField(field('phone'), `"${field('phone')}" is not a phone number that can be dialled. Give it with area code, such as (212) 555-0100.`);
	if (input.as_of !== undefined && Date.parse(input.as_of) > now + 300_000)
		throw invalidField(field('as_of'), `"${field('as_of')}" lies in the future. Give the moment at which the source knew the amount.`);
	const original = minor('original_amount');
	const estimate = minor('good_faith_estimate');
	const patient = {
		...(input.patient_reference ? { ref: input.patient_reference } : {}),
		...(input.patient_relation ? { relation: input.patient_relation } : {}),
		...(input.patient_born_on ? { bornOn: input.patient_born_on } : {}),
	};
	return {
		kind: 'balance',
		source,
		currency,
		asOf: input.as_of ?? iso(now),
		amountMinor: minor('amount') ?? 0,
		account: {
			...(input.account_ref ? { accountRef: input.account_ref } : {}),
			...(input.your_reference ? { yourReference: input.your_reference } : {}),
			...(input.patient_name ? { name: input.patient_name } : {}),
			...(input.email ? { email: input.email } : {}),
			...(input.phone ? { phone: input.phone } : {}),
			...(input.location ? { location: input.location } : {}),
			...(input.state ? { state: input.state } : {}),
			...(input.zip ? { zip: input.zip } : {}),
		},
		...(input.invoice ? { invoice: input.invoice } : {}),
		...(original === undefined ? {} : { originalMinor: original }),
		...(input.due_date ? { dueDate: input.due_date } : {}),
		...(input.first_notice_date ? { firstNoticeDate: input.first_notice_date } : {}),
		...(input.service_date ? { serviceDate: input.service_date } : {}),
		...(input.final_patient_share === undefined ? {} : { finalPatientShare: input.final_patient_share }),
		...(input.disputed === undefined ? {} : { disputed: input.disputed }),
		...(Object.keys(patient).length > 0 ? { patient } : {}),
		...(input.confidential === undefined ? {} : { confidential: input.confidential }),
		...(estimate === undefined ? {} : { estimateMinor: estimate }),
		...(input.status_overdue === undefined ? {} : { statusOverdue: input.status_overdue }),
	};
}
