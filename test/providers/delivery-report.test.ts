import { expect, test } from 'vitest';
import { deliveryReport, isDeliveryReport } from '../../shared/providers/delivery-report.ts';
import { dsn } from './samples.ts';

test('a report as mail servers write it, with folded lines, Windows line ends and the returned headers', () => {
	expect(deliveryReport(dsn({ of: '<rem_1@practice.example>' }))).toEqual({
		messageId: '<rem_1@practice.example>',
		recipients: [{ action: 'failed', status: '5.1.1' }],
	});
	expect(deliveryReport(dsn({ of: '<rem_1@practice.example>' }).replaceAll('\r\n', '\n'))).toMatchObject({ messageId: '<rem_1@practice.example>' });
});

test('a delay is told from a failure by its own word', () => {
	expect(deliveryReport(dsn({ of: '<a@b>', action: 'delayed', status: '4.4.7' }))?.recipients).toEqual([{ action: 'delayed', status: '4.4.7' }]);
});

test('each recipient has a block of its own; a status that is none stays empty', () => {
	const two = dsn({ of: '<a@b>' }).replace('Status: 5.1.1', 'Status: 550\r\n\r\nFinal-Recipient: rfc822;c@d\r\nAction: Failed (bad)\r\nStatus: 5.2.2 (full)');
	expect(deliveryReport(two)?.recipients).toEqual([
		{ action: 'failed', status: '' },
		{ action: 'failed', status: '5.2.2' },
	]);
});

test('what it is about is said by the mail that came back, else by what it answers, never by what the conversation names', () => {
	const report = dsn({ of: '<a@b>' });
	expect(deliveryReport(report.replace('Message-ID: <a@b>', 'Subject: x'))?.messageId).toBe('<answered@practice.example>');
	expect(deliveryReport(report.replace('Message-ID: <a@b>', 'Subject: x').replace('In-Reply-To', 'X-Nothing'))).toBeUndefined();
});

test.each([
	['an absence note', 'Auto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.1.1'],
	['a report that a mail was read', dsn({ of: '<a@b>' }).replace('report-type=delivery-status', 'report-type=disposition-notification')],
	['a report without a boundary', dsn({ of: '<a@b>' }).replace('boundary=', 'border=')],
	['a report without its machine-readable part', dsn({ of: '<a@b>' }).replace('message/delivery-status', 'text/plain')],
	[
		'a machine-readable part in another encoding',
		dsn({ of: '<a@b>' }).replace('message/delivery-status', 'message/delivery-status\r\nContent-Transfer-Encoding: base64'),
	],
	['a forwarded report', `Content-Type: message/rfc822\r\n\r\n${dsn({ of: '<a@b>' })}`],
	['a page of HTML', '<html></html>'],
	['nothing', ''],
])('%s is no report', (_what, mime) => expect(deliveryReport(mime)).toBeUndefined());

test('the type is read as RFC 2045 has it: in any case, in any order, quoted or not', () => {
	expect(
		['Multipart/Report; Report-Type="delivery-status"; boundary=x', 'multipart/report; boundary="x"; report-type=global-delivery-status'].map(isDeliveryReport),
	).toEqual([true, true]);
	expect(
		['multipart/report', 'multipart/mixed; report-type=delivery-status', 'multipart/report; x-report-type=delivery-status-x'].map(isDeliveryReport),
	).toEqual([false, false, false]);
});
