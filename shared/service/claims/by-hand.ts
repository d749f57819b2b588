/** A denial that no remittance has told of: on paper, by phone, from a payer's portal. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay } from '../../rules/index.ts';
import { findRef } from '../accounts.ts';
import { audit } from '../audit.ts';
import { actorOf, iso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { codeOf } from './code.ts';
import { deadlineOf } from './deadline.ts';
import type { StoredLine } from './lines.ts';
import type { ClaimEntry, ClaimOutcome } from './record.ts';

type Input = Parameters<Service['record_claim_status']>[0];

/** Records the claim with one denied line; its remittance, if one comes, takes its place. @throws Failure that names what is missing */
export async function announceDenied(deps: Deps, tx: Tx, practice: Practice, caller: Caller, input: Input): Promise<ClaimOutcome> {
	if (input.status !== 'denied') {
		const message = 'No claim of this account has this number. Check it, or record it as denied first, with its payer and amount.';
		throw new Failure('missing', message, { code: 'claim_not_found', fields: [{ field: 'claim', message }] });
	}
	if (!input.payer) throw invalidField('payer', '"payer" is needed for a claim that is not known yet: write it as its remittances name it.');
	const account = await findRef(tx, caller, input);
	const chargeMinor = input.amount === undefined ? undefined : toMinor(input.amount, practice.currency);
	if (!chargeMinor) throw invalidField('amount', `"amount" is needed for a claim that is not known yet: the charge that was denied, in ${practice.currency}.`);
	const now = iso(deps.now());
	const code = input.code === undefined ? undefined : codeOf(input.code);
	const line: StoredLine = {
		line: 1,
		...(input.service_date ? { serviceDate: input.service_date } : {}),
		chargeMinor,
		paidMinor: 0,
		adjustments: code ? [{ group: code.group, code: code.code, amountMinor: chargeMinor }] : [],
		remarks: [],
		state: 'denied_open',
		patientMinor: 0,
		category: code?.category ?? 'unclassified',
	};
	const serviceFrom = input.service_date ?? null;
	const deadline = deadlineOf(practice, { payer: input.payer, lines: [line], serviceFrom, remittedOn: localDay(deps.now(), practice.zone) });
	const entry: ClaimEntry = { at: now, actor: actorOf(caller), status: 'denied', lines: [1] };
	const claim = newRef('clm');
	await tx
		.insertInto('claim')
		.values({
			practice_id: practice.id,
			account_ref: account,
			claim_ref: claim,
			your_reference: input.claim ?? '',
			payer: input.payer,
			// No remittance has spoken: there is no CLP02.
			status_code: '',
			charge_minor: chargeMinor,
			paid_minor: 0,
			currency: practice.currency,
			invoice: input.invoice ?? null,
			lines: JSON.stringify([line]),
			owner: input.owner ?? null,
			worked: JSON.stringify([entry]),
			service_from: serviceFrom,
			denied_at: now,
			deadline_on: deadline?.on ?? null,
			deadline_rule: deadline?.rule ?? null,
			as_of: now,
			source: 'api',
		})
		.execute();
	await audit(tx, practice.id, [
		{
			at: now,
			actor: actorOf(caller),
			kind: 'claim_recorded',
			subject: account,
			body: { claim_ref: claim, status_code: '', trace: '', charge_minor: chargeMinor, paid_minor: 0, states: ['denied_open'] },
			...(input.note ? { personal: { note: input.note } } : {}),
		},
	]);
	return { account_ref: account, claim_ref: claim, changed: true, invoice: input.invoice ?? '' };
}
