/** What e-mails have in common at vendors that take them in parts. */
import { Failure } from '../contracts/failure.ts';
import type { Fault, OutgoingMessage } from '../contracts/provider.ts';

/** @throws Failure `invalid` when the message has none */
export function subjectOf({ subject }: OutgoingMessage): string {
	if (!subject) throw new Failure('invalid', 'An e-mail needs a subject. Add one to the message.', { code: 'subject_missing' });
	return subject;
}

/** One-click unsubscribe (RFC 8058). */
export const oneClick = ({ unsubscribeUrl }: OutgoingMessage): Record<string, string> =>
	unsubscribeUrl ? { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};

/**
 * Full mailboxes (X.2.2, X.2.3), the server's own trouble (X.3) and its policy (X.7) say nothing of the address.
 * @param status as in RFC 3463, e.g. 5.1.1
 */
export const faultOf = (status = ''): Fault | undefined => (/^(4\.|5\.[37]\.|5\.2\.[23]$)/.test(status) ? 'none' : undefined);

const escaped = (words: string): string => words.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What a practice's own template may show. */
export const merged = ({ text, html, subject, language, fromName = '', unsubscribeUrl = '' }: OutgoingMessage) => ({
	subject,
	text,
	html: html || `<pre>${escaped(text)}</pre>`,
	language,
	practice: fromName,
	unsubscribe_url: unsubscribeUrl,
});

/** What a template does not show is left out without an error: patients would get an empty mail. */
export const showsWords = (template: string): boolean => /\{\{\{?\s*(html|text)\b/.test(template);
