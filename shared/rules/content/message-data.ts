/** The product's own messages: what each is for. Their words stand in texts-en-data.ts and texts-es-data.ts. */

/**
 * What a message asks for decides what stands around its words: `pay` carries the link and the offer of help, `call` only
 * the number to call.
 */
export type Ask = 'pay' | 'call';

export interface MessageKind {
	/** As people pick it in a dropdown. */
	label: string;
	ask: Ask;
	/** The second word about the same money, or later: where the law says nothing else, the line about financial help begins here. */
	later?: true;
}

export const MESSAGE_KINDS = {
	notice: { label: 'First notice', ask: 'pay' },
	reminder_1: { label: 'First reminder', ask: 'pay' },
	reminder_2: { label: 'Second reminder', ask: 'pay', later: true },
	reminder_3: { label: 'Third reminder', ask: 'pay', later: true },
	payment_failed: { label: 'Payment failed', ask: 'pay' },
	payment_returned: { label: 'Payment returned', ask: 'pay' },
	payment_method_needed: { label: 'New way to pay needed', ask: 'pay' },
	appointment_balance: { label: 'Balance after an appointment', ask: 'pay' },
	balance_threshold: { label: 'Balance above the threshold', ask: 'pay' },
	plan_due: { label: 'Plan payment coming due', ask: 'pay' },
	plan_missed: { label: 'Plan payment missed', ask: 'pay', later: true },
	promise_due: { label: 'Promised payment coming due', ask: 'pay' },
	promise_broken: { label: 'Promised payment not made', ask: 'pay', later: true },
	plan_offer: { label: 'Notice with the offer of a plan', ask: 'pay' },
	dispute_received: { label: 'Dispute received', ask: 'call' },
	insurance_update: { label: 'Insurance details needed', ask: 'call' },
} as const satisfies Record<string, MessageKind>;

export type BuiltInMessage = keyof typeof MESSAGE_KINDS;
