/** What e-mails have in common at vendors that take them in parts. */
import { Failure } from '../contracts/failure.ts';
import type { OutgoingMessage } from '../contracts/provider.ts';

/** @throws Failure `invalid` when the message has none */
export function subjectOf({ subject }: OutgoingMessage): string {
	if (!subject) throw new Failure('invalid', 'An e-mail needs a subject. Add one to the message.', { code: 'subject_missing' });
	return subject;
}

/** One-click unsubscribe (RFC 8058). */
export const oneClick = ({ unsubscribeUrl }: OutgoingMessage): Record<string, string> =>
	unsubscribeUrl ? { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {};

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
