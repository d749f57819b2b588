/** The service: every use case, bound to what it needs. */
import type { Service } from '../operations/registry.ts';
import { recordArrangement } from './arrangements/record.ts';
import { sendDigests } from './claims/digest.ts';
import { findClaims } from './claims/find.ts';
import { recordClaimStatus } from './claims/status.ts';
import { prepareReminder, recordContact } from './contacts.ts';
import { deliverWork } from './escalations/deliver.ts';
import { escalate } from './escalations/escalate.ts';
import { findEscalations } from './escalations/find.ts';
import { resolveEscalation } from './escalations/resolve.ts';
import { sweepWork } from './escalations/sweep.ts';
import { listEvents } from './events.ts';
import { explainAccount } from './explain.ts';
import { holdReminders, resumeReminders } from './holds.ts';
import { importFile } from './import-file.ts';
import { receive } from './ingest.ts';
import { follow } from './links.ts';
import { accountPage, choices, findAccount, getAging, outbox } from './lookups.ts';
import { previewReminder } from './messages/preview.ts';
import { switchPolicy } from './policy-versions.ts';
import { poll } from './polls.ts';
import { updateAccount } from './record/account.ts';
import { recordAppointment } from './record/appointment.ts';
import { recordBalance } from './record/balance.ts';
import { flagAccount } from './record/flag.ts';
import { importBalances } from './record/import.ts';
import { recordPaymentUse } from './record/payment.ts';
import { renewHook } from './registration.ts';
import { sendDue } from './reminders/due.ts';
import { findReminders } from './reminders/find.ts';
import { approveBatch } from './reminders/plan.ts';
import type { SendJob } from './reminders/rows.ts';
import { sendReminder } from './reminders/send.ts';
import { askStatuses } from './reminders/statuses.ts';
import { sweepReminders } from './reminders/sweep.ts';
import { reviewJob, runAccountReview } from './review/run.ts';
import { nightly } from './statements.ts';
import { deliver, listSubscriptions, requeueDeliveries, subscribe, unsubscribe } from './subscriptions.ts';
import { tick } from './tick.ts';
import type { Caller, Deps, UseCases } from './types.ts';

export function createUseCases(deps: Deps): UseCases {
	return {
		forCaller: (caller: Caller): Service => ({
			approve_batch: approveBatch(deps, caller),
			escalate: escalate(deps, caller),
			explain_account: explainAccount(deps, caller),
			flag_account: flagAccount(deps, caller),
			record_appointment: recordAppointment(deps, caller),
			record_arrangement: recordArrangement(deps, caller),
			find_account: findAccount(deps, caller),
			find_claims: findClaims(deps, caller),
			find_escalations: findEscalations(deps, caller),
			find_reminders: findReminders(deps, caller),
			get_aging: getAging(deps, caller),
			hold_reminders: holdReminders(deps, caller),
			import_balances: importBalances(deps, caller),
			import_file: importFile(deps, caller),
			prepare_reminder: prepareReminder(deps, caller),
			preview_reminder: previewReminder(deps, caller),
			record_balance: recordBalance(deps, caller),
			record_claim_status: recordClaimStatus(deps, caller),
			record_contact: recordContact(deps, caller),
			record_payment: recordPaymentUse(deps, caller),
			resolve_escalation: resolveEscalation(deps, caller),
			resume_reminders: resumeReminders(deps, caller),
			run_account_review: runAccountReview(deps, caller),
			send_reminder: sendReminder(deps, caller),
			update_account: updateAccount(deps, caller),
		}),
		subscribe: (caller, type, input) => subscribe(deps, caller, type, input),
		unsubscribe: (id, secret) => unsubscribe(deps, id, secret),
		subscriptions: (caller) => listSubscriptions(deps, caller),
		events: (caller, type, query) => listEvents(deps, caller, type, query),
		choices: (caller, source) => choices(deps, caller, source),
		outbox: (caller, limit) => outbox(deps, caller, limit),
		receive: (vendor, secret, request) => receive(deps, vendor, secret, request),
		follow: (token, method) => follow(deps, token, method),
		account: (caller, ref) => accountPage(deps, caller, ref),
		handlers: {
			review: (job: { practice_id: string; review_ref?: string }) => reviewJob(deps, job),
			send: (job: SendJob, stopping?: AbortSignal) => sendDue(deps, job, stopping),
			deliver: (job: { practice_id: string; delivery_id: string } | { practice_id: string; escalation_ref: string }) =>
				'escalation_ref' in job ? deliverWork(deps, job) : deliver(deps, job),
			poll: (job: { practice_id: string; connection: string; statuses?: true; register?: true }) =>
				job.register ? renewHook(deps, job) : job.statuses ? askStatuses(deps, job) : poll(deps, job),
			async sweep(job: { practice_id: string }) {
				await switchPolicy(deps, job.practice_id);
				await sweepReminders(deps, job.practice_id);
				await sweepWork(deps, job.practice_id);
				await sendDigests(deps, job.practice_id);
				await requeueDeliveries(deps, job.practice_id);
				await nightly(deps, job.practice_id);
			},
		},
		tick: () => tick(deps),
	};
}
