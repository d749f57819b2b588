/** A small practice as a file of accounts: each shows one thing that policies treat differently. */
import type { AccountsFile } from './accounts-schema.ts';

type Account = AccountsFile['accounts'][number];
type Contact = NonNullable<Account['contacts']>[number];

const NEW_YORK = { zones: ['America/New_York'], places: ['NY'] };
const mailbox = (consent: Contact['consent'] = 'granted'): Contact => ({ channel: 'email', consent });
const mobile = (consent: Contact['consent'] = 'granted'): Contact => ({ channel: 'sms', consent });
/** An hour in October 2026, New York time. */
const at = (day: number, hour = 9): string => `2026-10-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00-04:00`;

const owes = (ref: string, amount: number, firstNotice: string, more: Partial<Account> = {}): Account => ({
	ref,
	...NEW_YORK,
	invoices: [{ ref: `${ref}_1`, amount, first_notice_date: firstNotice, final_share: true }],
	contacts: [mailbox(), mobile()],
	...more,
});

/** As `npm run simulate -- --sample` prints it. */
export const SAMPLE: AccountsFile = {
	version: 'accounts-1',
	from: '2026-10-01T00:00:00-04:00',
	practice_zone: 'America/New_York',
	currency: 'USD',
	accounts: [
		owes('never_pays', 84.2, '2026-10-01'),
		owes('pays_after_first', 120, '2026-10-01', { changes: [{ at: at(12), invoices: [{ ref: 'pays_after_first_1', amount: 0 }], last_payment_at: at(12) }] }),
		owes('pays_in_part', 310, '2026-09-28', { changes: [{ at: at(9), invoices: [{ ref: 'pays_in_part_1', amount: 160 }], last_payment_at: at(9) }] }),
		owes('small_balance', 6.5, '2026-09-25'),
		owes('large_balance', 1240, '2026-09-30'),
		owes('consent_unknown', 96, '2026-10-01', { contacts: [mailbox('unknown'), mobile('unknown')] }),
		owes('text_only', 61.75, '2026-09-29', { contacts: [mobile()] }),
		owes('opts_out', 75, '2026-09-27', { contacts: [mobile()], changes: [{ at: at(6, 15), contacts: [mobile('revoked')], last_reply_at: at(6, 15) }] }),
		owes('zone_unknown', 58, '2026-10-01', { zones: [], contacts: [mobile()] }),
		owes('two_invoices', 45, '2026-09-26', {
			invoices: [
				{ ref: 'two_invoices_1', amount: 45, first_notice_date: '2026-09-26', final_share: true },
				{ ref: 'two_invoices_2', amount: 130, first_notice_date: '2026-10-04', final_share: true },
			],
		}),
		owes('disputes', 210, '2026-09-28', {
			changes: [
				{ at: at(8), holds: [{ reason: 'dispute', since: at(8) }], disputes: [{ ref: 'dsp_1', reason: 'wrong_amount', at: at(8) }] },
				{ at: at(15), holds: [] },
			],
		}),
		owes('bankrupt', 900, '2026-09-28', { changes: [{ at: at(5), holds: [{ reason: 'bankruptcy', since: at(5) }] }] }),
		owes('insurance_pending', 140, '2026-09-28', {
			invoices: [{ ref: 'insurance_pending_1', amount: 140, first_notice_date: '2026-09-28', final_share: false }],
			changes: [{ at: at(14), invoices: [{ ref: 'insurance_pending_1', amount: 40, final_share: true }] }],
		}),
		owes('card_declined', 55, '2026-10-01', {
			changes: [
				{ at: at(7), payments: [{ ref: 'pay_1', status: 'failed', amount: 55, at: at(7), code: 'insufficient_funds', method: 'card', autopay: true }] },
			],
		}),
		owes('not_confirmed', 88, '2026-10-01', {
			invoices: [{ ref: 'not_confirmed_1', amount: 88, first_notice_date: '2026-10-01', final_share: true, confirmed_until: at(9) }],
		}),
		owes('heard_a_lot', 150, '2026-09-16', {
			history: [
				{ at: '2026-09-27T10:00:00-04:00', channel: 'sms' },
				{ at: '2026-09-30T10:00:00-04:00', channel: 'voice' },
			],
		}),
	],
};
