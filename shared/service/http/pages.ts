/** The few pages a patient sees: plain, readable on any phone, no script, nothing loaded from elsewhere. */
import { SAFE_HEADERS } from './problem.ts';

export interface Page {
	title: string;
	text: string;
	/** A form with this button, posted to the same address: what changes something is never done by opening a link. */
	button?: string;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `body{margin:0;background:#f4f5f7;color:#1b1f24;font:1rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:.5rem}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
button{min-height:2.75rem;padding:.5rem 1.25rem;border:0;border-radius:.375rem;background:#1d4f91;color:#fff;font:inherit;cursor:pointer}
button:focus-visible{outline:3px solid #1b1f24;outline-offset:2px}`;

export function pageResponse(page: Page, status = 200): Response {
	const paragraphs = page.text
		.split('\n')
		.filter((line) => line.trim() !== '')
		.map((line) => `<p>${escaped(line)}</p>`)
		.join('\n');
	const form = page.button === undefined ? '' : `<form method="post"><button type="submit">${escaped(page.button)}</button></form>`;
	const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(page.title)}</h1>
${paragraphs}
${form}
</main>
</body>
</html>
`;
	return new Response(html, {
		status,
		headers: {
			...SAFE_HEADERS,
			'content-type': 'text/html; charset=utf-8',
			'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		},
	});
}
