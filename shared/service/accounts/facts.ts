/** What the ledger knows of an account, as the rules read it. */
import type { Channel } from '../../contracts/words.ts';
import { lastInitial, nextStatementOn } from '../../rules/content/cycle.ts';
import { localDay, placesOf, zonesOf } from '../../rules/index.ts';
import type { AccountFacts, ContactFacts, HoldFacts, InvoiceFacts, PastContact, PaymentFacts, RelativeFacts } from '../../rules/types.ts';
import { invoicesOnPlan, plansOf, promisesOf } from '../arrangements/facts.ts';
import { claimFacts, linesBehind } from '../claims/facts.ts';
import type { Practice } from '../practice.ts';
import type { AccountRow, ConsentRow, ContactRow, InvoiceRow, PastRow, PaymentRow, RelativeRow } from './rows.ts';

const ms = (text: string): number => Date.parse(text);

export function factsOf(practice: Practice, row: AccountRow, now: number): AccountFacts {
	const onPlan = invoicesOnPlan(row);
	return {
		ref: row.account_ref,
		currency: row.currency,
		practiceZone: practice.zone,
		...whereabouts(practice, row),
		// Invoices that fell to zero since the last review are there too: the rules see the fall.
		invoices: row.invoices.filter((invoice) => invoice.amount_minor >= 0).map((invoice) => invoiceFacts(row, invoice, onPlan)),
		// A negative balance is the patient's money: it is never netted inside an invoice.
		creditMinor: row.invoices.reduce((sum, invoice) => sum + Math.max(0, -invoice.amount_minor), 0),
		holds: holdFacts(practice, row, now),
		contacts: contactFacts(practice, row),
		history: row.history.map(pastContact),
		payments: row.payments.map((payment) => paymentFacts(row, payment)),
		claims: row.claims.map((claim) => claimFacts(claim, row.invoices)),
		...(row.last_payment_at ? { lastPaymentAt: ms(row.last_payment_at) } : {}),
		...(row.last_reply_at ? { lastReplyAt: ms(row.last_reply_at) } : {}),
		previousMinor: row.owed_minor,
		workOpen: row.work_open,
		...person(row),
		...happened(row),
		...positions(practice, row),
		...statement(practice, row, now),
		...(row.relative === null ? {} : { relative: relativeFacts(practice, row.relative) }),
	};
}

function whereabouts(practice: Practice, row: AccountRow): Pick<AccountFacts, 'zones' | 'places' | 'state' | 'location'> {
	const evidence = placeEvidence(row);
	return {
		zones: row.time_zone ? [row.time_zone] : zonesOf({ practiceZone: practice.zone, ...evidence }),
		places: placesOf({ ...evidence, practiceState: practice.settings.state }),
		...(row.state ? { state: row.state } : {}),
		...(row.location === '' ? {} : { location: row.location }),
	};
}

function placeEvidence({ contacts, state, zip }: Pick<AccountRow, 'contacts' | 'state' | 'zip'>) {
	const phone = contacts.find((c) => c.channel === 'sms')?.address ?? contacts.find((c) => c.channel === 'voice')?.address;
	return { ...(state ? { state } : {}), ...(zip ? { zip } : {}), ...(phone ? { phone } : {}) };
}

const relativeFacts = (practice: Practice, row: RelativeRow): RelativeFacts => ({
	relation: row.relation,
	...(row.authorized_at ? { authorizedAt: ms(row.authorized_at) } : {}),
	...(row.until ? { until: ms(row.until) } : {}),
	...(row.revoked_at ? { revoked: true } : {}),
	...(row.instead ? { instead: true } : {}),
	contacts: row.contacts.map((contact) => contactOf(practice, contact, row.consents)),
	zones: zonesOf({ practiceZone: practice.zone, ...placeEvidence(row) }),
	places: placesOf({ ...placeEvidence(row), practiceState: practice.settings.state }),
});

/** Only letters wait for it. */
function statement({ policy, served, zone }: Practice, row: AccountRow, now: number): Partial<AccountFacts> {
	if (policy.statements.cycle === 'none' || !served.has('letter')) return {};
	return { nextStatementOn: nextStatementOn(policy.statements, localDay(now, zone), lastInitial(row.name ?? undefined)) };
}

const person = (row: AccountRow): Partial<AccountFacts> => ({
	...(row.plan_type ? { planType: row.plan_type } : {}),
	...(row.high_deductible === null ? {} : { highDeductible: row.high_deductible }),
	...(row.in_collections === null ? {} : { inCollections: row.in_collections }),
	...(row.guarantor_signed === null ? {} : { guarantorSigned: row.guarantor_signed }),
});

/** What most accounts have none of is left out, not empty: the rules look at nothing then. */
function happened(row: AccountRow): Partial<AccountFacts> {
	const plans = plansOf(row);
	const promises = promisesOf(row);
	return {
		...(row.appointments.length > 0
			? {
					appointments: row.appointments.map((visit) => ({
						ref: visit.appointment_ref,
						completedAt: ms(visit.completed_at),
						...(visit.residual_minor === null ? {} : { residualMinor: visit.residual_minor }),
						certain: visit.certain,
						...(visit.invoice ? { invoice: codeOf(row, visit.invoice) } : {}),
						raised: visit.raised,
					})),
				}
			: {}),
		...(plans.length > 0 ? { plans } : {}),
		...(promises.length > 0 ? { promises } : {}),
		...(row.flags.length > 0
			? { flags: row.flags.map((f) => ({ ref: f.flag_ref, purpose: f.purpose, priority: f.priority, at: ms(f.at), raised: f.raised })) }
			: {}),
		...(row.disputes.length > 0
			? {
					disputes: row.disputes.map((dispute) => ({
						ref: dispute.dispute_ref,
						...(dispute.invoice ? { invoice: dispute.invoice } : {}),
						...(dispute.payment ? { payment: dispute.payment } : {}),
						reason: dispute.reason,
						at: ms(dispute.at),
						acknowledged: dispute.acknowledged,
						raised: dispute.raised,
					})),
				}
			: {}),
		...(row.cycles.length > 0 ? { cycles: row.cycles.map((cycle) => ({ closedOn: cycle.closed_on, unpaidMinor: cycle.unpaid_minor })) } : {}),
		...(row.pending.length > 0
			? {
					pendingEvents: row.pending.map((event) => ({
						key: event.key,
						type: event.type,
						at: ms(event.at),
						...(event.days === null ? {} : { days: event.days }),
					})),
				}
			: {}),
	};
}

/** What was true at the last review; nothing where it is the account's first one after a first import, for then it is no news. */
const positions = (practice: Practice, row: AccountRow): Partial<AccountFacts> => ({
	...(practice.thresholds.length > 0 ? { thresholds: practice.thresholds } : {}),
	...(row.of_first_import ? {} : { above: row.above, matched: row.matched }),
	...(row.ladders.length > 0 ? { openLadders: row.ladders } : {}),
});

/** Our code of an invoice that a source named by the practice's number. */
export const codeOf = (row: Pick<AccountRow, 'invoices'>, invoice: string): string =>
	row.invoices.find((i) => i.your_reference === invoice)?.invoice_ref ?? invoice;

function invoiceFacts(row: AccountRow, invoice: InvoiceRow, onPlan: ReadonlySet<string>): InvoiceFacts {
	const lines = linesBehind(row.claims, invoice.your_reference);
	return {
		ref: invoice.invoice_ref,
		amountMinor: invoice.amount_minor,
		...(invoice.due_date ? { dueDate: invoice.due_date } : {}),
		...(invoice.first_notice_date ? { firstNoticeDate: invoice.first_notice_date } : {}),
		asOf: ms(invoice.as_of),
		...(invoice.final_share === null ? {} : { finalShare: invoice.final_share }),
		disputed: invoice.disputed,
		...(lines.length > 0 ? { lines } : {}),
		raisedDays: invoice.raised_days,
		remindedDays: invoice.reminded_days,
		pausedDays: invoice.paused_days,
		...(invoice.again_since ? { againSince: ms(invoice.again_since) } : {}),
		...(invoice.service_date ? { serviceDate: invoice.service_date } : {}),
		...patient(invoice),
		...(invoice.confidential ? { confidential: true } : {}),
		...(invoice.insurance_since ? { insuranceSince: ms(invoice.insurance_since) } : {}),
		...(invoice.status_overdue ? { statusOverdue: true, statusRaised: invoice.status_raised } : {}),
		...(onPlan.has(invoice.invoice_ref) ? { onPlan: true } : {}),
		...(invoice.estimate_minor === null ? {} : { estimateMinor: invoice.estimate_minor }),
		...(invoice.returned_at ? { returnedAt: ms(invoice.returned_at) } : {}),
	};
}

/** A patient without a code is nobody in particular: each relation of an account is one person then. */
const patient = (invoice: InvoiceRow): Pick<InvoiceFacts, 'patient'> =>
	invoice.patient_relation === null && invoice.patient_ref === null
		? {}
		: {
				patient: {
					ref: invoice.patient_ref ?? invoice.patient_relation ?? '',
					// Whoever has a code of their own and no relation may be another adult: told apart from the guarantor's.
					relation: invoice.patient_relation ?? 'adult',
					...(invoice.patient_born_on ? { bornOn: invoice.patient_born_on } : {}),
				},
			};

const paymentFacts = (row: AccountRow, payment: PaymentRow): PaymentFacts => ({
	ref: payment.payment_ref,
	...(payment.invoice ? { invoice: codeOf(row, payment.invoice) } : {}),
	status: payment.status,
	amountMinor: payment.amount_minor,
	at: ms(payment.at),
	...(payment.code ? { code: payment.code } : {}),
	willRetry: payment.will_retry,
	raised: payment.raised,
	...(payment.method ? { method: payment.method } : {}),
	...(payment.retries > 0 ? { retries: payment.retries } : {}),
	...(payment.autopay ? { autopay: true } : {}),
});

const pastContact = (past: PastRow): PastContact => ({
	at: ms(past.at),
	channel: past.channel,
	...(past.covers.length > 0 ? { invoices: past.covers } : {}),
	...(past.conversation ? { conversation: true } : {}),
	...(past.failed ? { failed: true } : {}),
	...(past.occasions.length > 0 ? { occasions: past.occasions } : {}),
});

function holdFacts(practice: Practice, row: AccountRow, now: number): HoldFacts[] {
	const holds: HoldFacts[] = row.holds.map((hold) => ({
		reason: hold.reason,
		...(hold.scope === 'invoice' && hold.target ? { invoice: hold.target } : {}),
		since: ms(hold.since),
		...(hold.until ? { until: ms(hold.until) } : {}),
	}));
	const settles = row.settles_at ? ms(row.settles_at) : 0;
	// Settling is a wait, not a pause of the ladder: its `since` is now, so that no day is lost to it.
	if (settles > now) holds.push({ reason: 'import_settling', since: now, until: settles });
	if (practice.paused) holds.push({ reason: 'staff_review', since: now });
	return holds;
}

function contactFacts(practice: Practice, row: AccountRow): ContactFacts[] {
	const known = row.contacts.map((contact) => contactOf(practice, contact, row.consents));
	// A letter needs no address of ours: the text goes to a print batch, where the practice has set one up.
	if (!practice.served.has('letter') || known.some((contact) => contact.channel === 'letter')) return known;
	return [...known, { channel: 'letter', valid: true, served: true, ...consentFacts(row.consents, 'letter') }];
}

const contactOf = (practice: Practice, row: ContactRow, consents: readonly ConsentRow[]): ContactFacts => ({
	channel: row.channel,
	valid: row.valid,
	served: practice.served.has(row.channel),
	...consentFacts(consents, row.channel),
	...(row.requested ? { requested: true } : {}),
	...(row.only_here ? { only: true } : {}),
});

function consentFacts(consents: readonly ConsentRow[], channel: Channel): Pick<ContactFacts, 'consent' | 'scope' | 'riskNotice'> {
	const consent = consents.find((c) => c.channel === channel);
	if (!consent) return { consent: 'unknown' };
	return { consent: consent.state, ...(consent.purpose === 'all' ? { scope: 'all' as const } : {}), ...(consent.risk_notice_at ? { riskNotice: true } : {}) };
}
