/** Payment Disputed. */
import { DISPUTE_REASONS, type DisputeReason } from '../../../contracts/words.ts';
import { localIso } from '../../practice.ts';
import type { Told } from './told.ts';

export function paymentDisputed({ deps, practice, account, event }: Told): Record<string, unknown> {
	const dispute = account.row.disputes.find((one) => one.dispute_ref === event.dispute);
	const payment = account.row.payments.find((one) => one.payment_ref === event.payment);
	return {
		dispute_ref: event.dispute ?? '',
		payment_ref: event.payment ?? '',
		method: payment?.method ?? '',
		code: payment?.code ?? '',
		dispute_reason: DISPUTE_REASONS[dispute?.reason as DisputeReason] ?? '',
		disputed_at: localIso(dispute ? Date.parse(dispute.at) : deps.now(), practice.zone),
		invoices_text: event.invoices.join(', '),
		what_to_do_text:
			payment?.method === 'card'
				? 'Answer the processor before its deadline with what shows that the service was given, or accept the dispute. Nothing is asked of the patient meanwhile.'
				: 'Ask the patient what is wrong, then correct the balance or settle the dispute. Nothing is asked of them meanwhile.',
	};
}
