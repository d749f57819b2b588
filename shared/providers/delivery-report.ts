/**
 * What a mail server reports of a message, itself a mail: multipart/report (RFC 6522) with a part message/delivery-status
 * (RFC 3464, RFC 6533). What is not exactly that is no report: an answer by a person or a machine never counts as one.
 */

export interface DeliveryReport {
	/** The Message-ID of the mail that it is about, in angle brackets. */
	messageId: string;
	/** `failed` is final whatever its status, `delayed` is not. `status` as in RFC 3463, e.g. 5.1.1. */
	recipients: { action: string; status: string }[];
}

type Fields = ReadonlyMap<string, string>;

/** Names in lower case; a name that comes twice keeps its first value. */
function fieldsOf(block: string): Fields {
	const fields = new Map<string, string>();
	for (const line of block.replaceAll(/\n[ \t]+/g, ' ').split('\n')) {
		const colon = line.indexOf(':');
		const name = line.slice(0, colon).trim().toLowerCase();
		if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
	}
	return fields;
}

function opened(text: string): { head: Fields; body: string } {
	// A part without header fields begins with the empty line.
	const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
	return end < 0 ? { head: fieldsOf(text), body: '' } : { head: fieldsOf(text.slice(0, end)), body: text.slice(end + (end === 0 ? 1 : 2)) };
}

const typeOf = (head: Fields): string => (head.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** @param contentType the value of a mail's Content-Type */
export const isDeliveryReport = (contentType: string): boolean =>
	/^\s*multipart\/report\s*;/i.test(contentType) && /;\s*report-type\s*=\s*"?(global-)?delivery-status"?\s*(;|$)/i.test(contentType);

function partsOf(body: string, boundary: string): string[] {
	const parts: string[] = [];
	let lines: string[] | undefined;
	for (const line of body.split('\n')) {
		const mark = line.trimEnd();
		if (mark !== `--${boundary}` && mark !== `--${boundary}--`) lines?.push(line);
		else {
			if (lines) parts.push(lines.join('\n'));
			lines = mark === `--${boundary}` ? [] : undefined;
		}
	}
	return parts;
}

/** @param mime a whole mail. undefined: it is no report, or does not say of which mail. */
export function deliveryReport(mime: string): DeliveryReport | undefined {
	const { head, body } = opened(mime.replaceAll('\r\n', '\n'));
	const contentType = head.get('content-type') ?? '';
	const boundary = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
	if (!isDeliveryReport(contentType) || !boundary) return undefined;
	const parts = partsOf(body, boundary[1] ?? boundary[2] ?? '').map(opened);
	const status = parts.find((part) => /^message\/(global-)?delivery-status$/.test(typeOf(part.head)));
	// RFC 3464 wants it readable as it stands.
	if (!status || !/^(7bit|8bit|binary)$/i.test(status.head.get('content-transfer-encoding') ?? '7bit')) return undefined;
	const returned = parts.find((part) => /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/.test(typeOf(part.head)));
	// Not References: a mail that bounced later in the same conversation names ours there too.
	const named = (returned && opened(returned.body).head.get('message-id')) ?? head.get('in-reply-to') ?? '';
	const messageId = /<[^<>\s]+>/.exec(named)?.[0];
	// The first block is of the report as a whole.
	const [, ...recipients] = status.body
		.trim()
		.split(/\n[ \t]*\n\s*/)
		.map(fieldsOf);
	return messageId === undefined
		? undefined
		: {
				messageId,
				recipients: recipients.map((fields) => ({
					action: (fields.get('action') ?? '').split(/[\s(;]/)[0]?.toLowerCase() ?? '',
					status: /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get('status') ?? '')?.[0] ?? '',
				})),
			};
}
