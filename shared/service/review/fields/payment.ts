/** Payment Failed. */
import { localIso } from '../../practice.ts';
import type { Told } from './told.ts';

export function paymentFailed({ practice, account, event }: Told): Record<string, unknown> {
	const payment = account.row.payments.find((p) => p.payment_ref === event.payment);
	return {
		payment_ref: event.payment ?? '',
		status: payment?.status === 'returned' ? 'returned' : 'failed',
		method: payment?.method ?? '',
		code: payment?.code ?? '',
		code_text: event.reasons.join(' '),
		autopay: payment?.autopay ?? false,
		failed_at: payment ? localIso(Date.parse(payment.at), practice.zone) : '',
		invoices_text: payment?.invoice ?? '',
	};
}
