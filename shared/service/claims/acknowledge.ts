/** What clearinghouses and payers say of a claim before it is decided (277CA), into the ledger. */
import type { AcknowledgementFact } from '../../contracts/facts.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import { accountOf, type Recording } from '../sighting.ts';
import type { Deps } from '../types.ts';
import { deadlineOf } from './deadline.ts';
import type { StoredLine } from './lines.ts';
import { type ClaimOutcome, claimsOf, entriesOf, linesOfRow, type StoredClaim } from './record.ts';

/** The latest word of one sender. */
export interface Acknowledgement {
	sender: string;
	sender_kind: AcknowledgementFact['senderKind'];
	outcome: AcknowledgementFact['outcome'];
	category: string;
	status_code: string;
	text: string;
	as_of: string;
	recorded_at: string;
}

/** Records one acknowledgement: of each sender the latest counts. Older or known already: nothing changes. */
export async function recordAcknowledgement(deps: Deps, tx: Tx, to: Recording, practice: Practice, fact: AcknowledgementFact): Promise<ClaimOutcome> {
	const account = await accountOf(deps, tx, to, fact.account, fact.currency);
	const rows = await claimsOf(tx, to.practiceId, account, fact.claim);
	const before = rows.find((row) => fact.payerClaim !== undefined && row.payer_claim === fact.payerClaim) ?? rows.at(-1);
	const known = before ? acknowledgementsOf(before) : [];
	const last = known.find(({ sender }) => sender === fact.sender);
	const invoice = fact.invoice ?? before?.invoice ?? '';
	if (before && last && Date.parse(last.as_of) >= Date.parse(fact.asOf)) return { account_ref: account, claim_ref: before.claim_ref, changed: false, invoice };

	const now = iso(deps.now());
	const claim = before?.claim_ref ?? newRef('clm');
	const acknowledgements = [...known.filter(({ sender }) => sender !== fact.sender), wordOf(fact, now)];
	const rejected = isRejected(acknowledgements, before);
	const values = { acknowledgements: JSON.stringify(acknowledgements), rejected, ...(rejected ? deadlineValues(practice, fact, before) : {}) };
	if (before)
		await tx
			.updateTable('claim')
			// Rejected anew after it had been sent again: news.
			.set({ ...values, ...(rejected && !before.rejected ? { raised_lines: before.raised_lines.filter((line) => line !== 0) } : {}) })
			.where('practice_id', '=', to.practiceId)
			.where('claim_ref', '=', claim)
			.execute();
	else
		await tx
			.insertInto('claim')
			.values({
				practice_id: to.practiceId,
				account_ref: account,
				claim_ref: claim,
				your_reference: fact.claim,
				payer_claim: fact.payerClaim ?? '',
				payer: fact.sender,
				status_code: '',
				charge_minor: fact.chargeMinor ?? 0,
				paid_minor: 0,
				currency: fact.currency,
				invoice: fact.invoice ?? null,
				// An acceptance says nothing of the patient's share; of a rejected claim nothing may be asked.
				lines: JSON.stringify(rejected ? [announced(fact)] : []),
				service_from: fact.serviceFrom ?? null,
				as_of: fact.asOf,
				source: fact.source,
				import_id: to.importId ?? null,
				...values,
			})
			.execute();
	await audit(tx, to.practiceId, [
		{
			at: now,
			actor: to.actor,
			kind: 'claim_acknowledged',
			subject: account,
			body: { claim_ref: claim, sender: fact.sender, outcome: fact.outcome, category: fact.category, status_code: fact.statusCode, rejected },
		},
	]);
	return { account_ref: account, claim_ref: claim, changed: true, invoice };
}

export const acknowledgementsOf = (row: { acknowledgements: unknown }): Acknowledgement[] => row.acknowledgements as Acknowledgement[];

const wordOf = (fact: AcknowledgementFact, now: string): Acknowledgement => ({
	sender: fact.sender,
	sender_kind: fact.senderKind,
	outcome: fact.outcome,
	category: fact.category,
	status_code: fact.statusCode,
	text: fact.text,
	as_of: fact.asOf,
	recorded_at: now,
});

/** Some sender's latest word is a rejection, and since then neither did the payer decide the claim nor was it sent again. */
function isRejected(acknowledgements: readonly Acknowledgement[], before: StoredClaim | undefined): boolean {
	const entries = before ? entriesOf(before) : [];
	const decidedAt = before && entries.some(({ status }) => status === 'answered') ? before.as_of.getTime() : Number.NEGATIVE_INFINITY;
	const sentAgain = Math.max(...entries.filter(({ status }) => status === 'corrected').map(({ at }) => Date.parse(at)), Number.NEGATIVE_INFINITY);
	return acknowledgements.some((word) => word.outcome === 'rejected' && Date.parse(word.as_of) > decidedAt && Date.parse(word.recorded_at) > sentAgain);
}

/** A rejected claim was never received: the clock for filing runs on from the day of service. */
function deadlineValues(practice: Practice, fact: AcknowledgementFact, before: StoredClaim | undefined) {
	const serviceFrom = fact.serviceFrom ?? before?.service_from ?? null;
	const deadline = deadlineOf(practice, {
		payer: before?.payer ?? fact.sender,
		lines: before ? linesOfRow(before) : [],
		serviceFrom,
		remittedOn: fact.asOf.slice(0, 10),
		rejected: true,
	});
	return {
		service_from: serviceFrom,
		denied_at: fact.asOf,
		deadline_on: deadline?.on ?? null,
		deadline_rule: deadline?.rule ?? null,
	};
}

const announced = (fact: AcknowledgementFact): StoredLine => ({
	line: 1,
	...(fact.serviceFrom ? { serviceDate: fact.serviceFrom } : {}),
	chargeMinor: fact.chargeMinor ?? 0,
	paidMinor: 0,
	adjustments: [],
	remarks: [],
	state: 'pending',
	patientMinor: 0,
});
