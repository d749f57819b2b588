/** One message and one piece of staff work that every provider's test sends. The people in it do not exist. */
import type { OutgoingMessage, RawRequest, WorkItem } from '../../shared/contracts/provider.ts';

export const message: OutgoingMessage = {
	reference: 'rem_7Q2',
	channel: 'sms',
	to: '+15005550010',
	from: '+15005550006',
	text: 'Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2',
	language: 'en',
	callbackUrl: 'https://dunwell.example/api/hooks/vendor/s3cr3t',
	idempotencyKey: 'key_rem_7Q2',
};

export const email: OutgoingMessage = {
	...message,
	channel: 'email',
	to: 'someone@patient.example',
	from: 'billing@practice.example',
	fromName: 'Valley Allergy',
	subject: 'Your statement is ready',
	html: '<p>$84.20 is open.</p>',
	unsubscribeUrl: 'https://dunwell.example/api/go/tok',
};

export const item: WorkItem = {
	reference: 'esc_9',
	title: 'Balance unpaid after 60 days',
	text: 'acc_X4 owes <$84.20> & has not answered.',
	link: 'https://dunwell.example/api/accounts/acc_X4?a=1&b=2',
	severity: 'high',
	dueDate: '2026-11-30',
	target: 'C012AB3CD',
};

export const raw = (url: string, headers: Record<string, string>, body: string): RawRequest => ({ method: 'POST', url, headers, body: Buffer.from(body) });
