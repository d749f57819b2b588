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

/** A report as Exchange writes it: what a person reads, what a machine reads, and the mail that came back. */
export const dsn = ({ of, action = 'failed', status = '5.1.1' }: { of: string; action?: string; status?: string }): string =>
	[
		'From: Microsoft Outlook <postmaster@practice.example>',
		'To: <billing@practice.example>',
		'Content-Type: multipart/report; report-type=delivery-status;',
		'\tboundary="a0e06538-c0ba"',
		'In-Reply-To: <answered@practice.example>',
		'References: <first@practice.example> <answered@practice.example>',
		'Subject: Undeliverable: Your statement is ready',
		'Auto-Submitted: auto-replied',
		'MIME-Version: 1.0',
		'',
		'--a0e06538-c0ba',
		'Content-Type: multipart/alternative; boundary="1eebb6f1"',
		'',
		'--1eebb6f1',
		'Content-Type: text/plain; charset="us-ascii"',
		'',
		"Your message couldn't be delivered.",
		'--1eebb6f1--',
		'',
		'--a0e06538-c0ba',
		'Content-Type: message/delivery-status',
		'',
		'Reporting-MTA: dns;mail.practice.example',
		'Received-From-MTA: dns;inside.practice.example',
		'',
		'Final-Recipient: rfc822;someone@patient.example',
		`Action: ${action}`,
		`Status: ${status}`,
		'Diagnostic-Code: smtp;550 5.1.1 someone@patient.example',
		' is not known here',
		'',
		'--a0e06538-c0ba',
		'Content-Type: message/rfc822',
		'',
		'From: Valley Allergy <billing@practice.example>',
		`Message-ID: ${of}`,
		'Content-Type: text/plain',
		'',
		'Message-ID: <in-the-text@practice.example>',
		'',
		'--a0e06538-c0ba--',
		'',
	].join('\r\n');
