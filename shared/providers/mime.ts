/** An e-mail as its bytes (RFC 5322), by nodemailer's composer: for vendors that take a whole message. */
import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { OutgoingMessage } from '../contracts/provider.ts';
import { oneClick } from './mail.ts';

/** The same for each attempt of a message, so that it can be looked for by it. */
export const messageId = ({ reference, from }: Pick<OutgoingMessage, 'reference' | 'from'>): string =>
	`<${reference}@${from.slice(from.lastIndexOf('@') + 1)}>`;

/** Plain text, with HTML beside it where there is some, and one-click unsubscribe (RFC 8058). Non-ASCII headers are encoded, line breaks in them removed. */
export const mime = (message: OutgoingMessage): Promise<Buffer> =>
	new MailComposer({
		// A line break would survive inside an encoded name.
		from: { name: (message.fromName ?? '').replaceAll(/\s+/g, ' '), address: message.from },
		to: { name: '', address: message.to },
		subject: message.subject ?? '',
		messageId: messageId(message),
		...(message.at === undefined ? {} : { date: new Date(message.at) }),
		text: message.text,
		...(message.html ? { html: message.html } : {}),
		headers: oneClick(message),
		// A fixed seed instead of the current time: the same message has the same bytes.
		baseBoundary: createHash('sha256').update(message.reference).digest('hex').slice(0, 16),
		newline: 'windows',
		disableFileAccess: true,
		disableUrlAccess: true,
	})
		.compile()
		.build();
