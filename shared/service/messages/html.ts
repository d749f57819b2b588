/**
 * An e-mail's HTML, made from its text so that the two never differ. Readable by everybody (WCAG 2.2): its language is
 * said, 16 px, contrast 16:1 and links 6.6:1 on white, widths in em so that 200 % zoom does not cut a line, and links
 * that say where they lead.
 */
import type { Language } from '../../rules/content/language.ts';

const INK = '#1a1a1a';
const LINK = '#0b5cad';

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const anchor = (label: string, url: string): string => `<a href="${escapeHtml(url)}" style="color:${LINK}">${escapeHtml(label)}</a>`;

/** "View or pay here: https://…" is a link called "View or pay here"; an address inside a sentence names itself. */
function line(text: string): string {
	const labelled = /^(.{3,80}?): (https?:\/\/\S+)$/.exec(text);
	if (labelled?.[1] && labelled[2]) return anchor(labelled[1], labelled[2]);
	return text
		.split(/(https?:\/\/[^\s<]*[^\s<.,;:!?)])/)
		.map((piece, i) => (i % 2 === 1 ? anchor(piece, piece) : escapeHtml(piece)))
		.join('');
}

export function htmlOf(language: Language, subject: string, text: string): string {
	const paragraphs = text.split(/\n{2,}/).map((paragraph) => `<p>${paragraph.split('\n').map(line).join('<br>')}</p>`);
	return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:1em;font:16px/1.5 Arial,Helvetica,sans-serif;color:${INK};background:#ffffff">
<main style="max-width:38em;margin:0 auto">
${paragraphs.join('\n')}
</main>
</body>
</html>
`;
}
