/**
 * What banks and card processors say of a payment that did not come: ACH return codes as Nacha defines them, the words
 * of card processors, and those for checks. Owner: the billing rules; reviewed on the day below, to be read again with
 * each year's Nacha rules.
 *
 * Sources: Nacha return codes after docs.helix.q2.com/docs/nacha-return-codes and receivablespro.com's directory of
 * ACH return codes (retries: up to two, R01 and R09 only); declines after docs.stripe.com/declines/codes and, for
 * those that no retry can mend, docs.stripe.com/billing/revenue-recovery/smart-retries.
 */
export const PAYMENT_CODES_REVIEWED_ON = '2026-11-22';

/** Tries after the first one that Nacha allows for R01 and R09. */
export const ACH_RETRIES = 2;

export type PaymentStage = 'soft' | 'hard' | 'bad_account' | 'unauthorized' | 'frozen' | 'deceased' | 'unknown';

/** What staff do, by stage. */
export const STAGES: Readonly<Record<PaymentStage, string>> = {
	soft: 'It may be tried again; ask for another way to pay meanwhile.',
	hard: 'Trying again will not help: a new way to pay is needed.',
	bad_account: 'The account can not be debited: ask for the right account or another way to pay.',
	unauthorized: 'Never debit this account again without a new authorization: staff talk with the guarantor first.',
	frozen: 'The account is frozen: do not debit it; staff find out why.',
	deceased: 'The bank says that the account holder died: staff find out before anybody writes.',
	unknown: 'The code is not in our table: look at it before anybody tries again.',
};

const codes = (stage: PaymentStage, labels: Readonly<Record<string, string>>): [string, { label: string; stage: PaymentStage }][] =>
	Object.entries(labels).map(([code, label]) => [code, { label, stage }]);

export const PAYMENT_CODES: ReadonlyMap<string, { label: string; stage: PaymentStage }> = new Map([
	...codes('soft', {
		R01: 'insufficient funds',
		R09: 'uncollected funds',
		insufficient_funds: 'insufficient funds',
		generic_decline: 'declined without a cause',
		card_declined: 'declined without a cause',
		do_not_honor: 'declined without a cause',
		try_again_later: 'the bank asks to try later',
		processing_error: 'the bank could not process it',
		issuer_not_available: 'the bank could not be reached',
		reenter_transaction: 'the bank could not process it',
		card_velocity_exceeded: 'over a limit of the card',
		withdrawal_count_limit_exceeded: 'over a limit of the card',
		approve_with_id: 'the bank wants to be asked again',
		call_issuer: 'the bank wants to hear from the card holder',
	}),
	...codes('hard', {
		expired_card: 'the card expired',
		incorrect_number: 'wrong card number',
		invalid_number: 'wrong card number',
		invalid_expiry_year: 'wrong expiry date',
		invalid_expiry_month: 'wrong expiry date',
		incorrect_cvc: 'wrong security code',
		invalid_cvc: 'wrong security code',
		lost_card: 'the card is blocked',
		stolen_card: 'the card is blocked',
		pickup_card: 'the card is blocked',
		restricted_card: 'the card is blocked',
		fraudulent: 'the bank suspects the payment',
		highest_risk_level: 'the processor blocked the payment',
		authentication_required: 'the bank wants the card holder to confirm it',
		transaction_not_allowed: 'the card does not allow it',
		card_not_supported: 'the card does not allow it',
		currency_not_supported: 'the card does not allow it',
		invalid_account: 'the card has no valid account',
		no_payment_method: 'no way to pay is on file',
	}),
	...codes('bad_account', {
		R02: 'account closed',
		R03: 'no such account',
		R04: 'account number not valid',
		R12: 'account moved to another bank',
		R13: 'routing number not valid',
		R20: 'not an account for payments',
		account_closed: 'account closed',
		no_account: 'no such account',
		invalid_account_number: 'account number not valid',
		closed_account: 'account closed',
	}),
	...codes('unauthorized', {
		R05: 'not authorized for a consumer account',
		R07: 'authorization revoked',
		R08: 'payment stopped',
		R10: 'not authorized',
		R11: 'not according to the authorization',
		R29: 'not authorized by the company',
		R51: 'not eligible or not authorized',
		revocation_of_authorization: 'authorization revoked',
		revocation_of_all_authorizations: 'authorization revoked',
		stop_payment_order: 'payment stopped',
		stop_payment: 'payment stopped',
		debit_not_authorized: 'not authorized',
	}),
	...codes('frozen', { R16: 'account frozen', account_frozen: 'account frozen', bank_account_restricted: 'account frozen' }),
	...codes('deceased', { R14: 'the payee of the account died', R15: 'the account holder died' }),
	...codes('soft', { nsf: 'check without funds', refer_to_maker: 'the bank refers to who wrote the check' }),
]);
