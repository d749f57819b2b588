import { Failure } from '../contracts/failure.ts';
import { defineProvider, type VendorHttp, withToken } from '../contracts/provider.ts';
import { isDeliveryReport } from './delivery-report.ts';
import { googleAuth, googleFailure, googleOAuth, reasonOf, signedInAs, USERINFO } from './google.ts';
import { mime } from './mime.ts';

const failure = googleFailure('Gmail');

const MESSAGES = 'https://gmail.googleapis.com/gmail/v1/users/me/messages';
const SCOPE = 'https://www.googleapis.com/auth/';
/** Ten lists of 500: more than a mailbox may send in two days. */
const MOST_LISTS = 10;

interface Listed {
	id: string;
	threadId: string;
}

/** Until each mail of ours was seen. From memory: the newest come first, so that what came back to a mail stands before it. */
async function listed(http: VendorHttp, ours: readonly string[]): Promise<Listed[]> {
	const found: Listed[] = [];
	const missing = new Set(ours);
	let pageToken: string | undefined;
	for (let list = 0; list < MOST_LISTS && missing.size > 0 && (list === 0 || pageToken !== undefined); list += 1) {
		const query = { maxResults: 500, includeSpamTrash: 'true', ...(pageToken === undefined ? {} : { pageToken }) };
		const page = (await http.send({ method: 'GET', url: MESSAGES, query })).json() as { messages?: Listed[]; nextPageToken?: string };
		for (const one of page.messages ?? []) {
			found.push(one);
			missing.delete(one.id);
		}
		pageToken = page.nextPageToken;
	}
	return found;
}

/**
 * Whether a mail says that another one was given up. The report's own part cannot be read with this scope, and with it RFC 3463's code.
 * From memory and from mails seen in public: Gmail's and Exim's reports name the address in X-Failed-Recipients; Gmail's subjects end in
 * "(Failure)" or, while it still tries, in "(Delay)".
 */
async function saysFailed(http: VendorHttp, id: string): Promise<boolean> {
	const query = { format: 'metadata', metadataHeaders: ['Content-Type', 'Subject', 'X-Failed-Recipients'] };
	const { payload } = (await http.send({ method: 'GET', url: `${MESSAGES}/${encodeURIComponent(id)}`, query })).json() as {
		payload?: { headers?: { name: string; value: string }[] };
	};
	const of = (name: string): string => payload?.headers?.find((header) => header.name.toLowerCase() === name)?.value ?? '';
	const subject = of('subject');
	return isDeliveryReport(of('content-type')) && of('x-failed-recipients') !== '' && /fail|undeliver|return/i.test(subject) && !/delay/i.test(subject);
}

/**
 * Gmail reports nothing after it took a message: a bounce comes back as a mail into the message's own thread. To see it the mailbox is
 * read with gmail.metadata, the least of the scopes for reading: it opens headers and no text of any mail, and no search. A sign-in
 * without it sends all the same. Nothing says that a message arrived, so it stays `sent`.
 */
export default defineProvider({
	id: 'gmail',
	label: 'Gmail',
	docs: 'https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send',
	hosts: ['gmail.googleapis.com', 'oauth2.googleapis.com', 'openidconnect.googleapis.com'],
	/** A user has 15,000 units a minute, and one message costs 100. https://developers.google.com/workspace/gmail/api/reference/quota */
	rate: { perSecond: 2.5 },
	auth: googleAuth,
	oauth: googleOAuth([`${SCOPE}gmail.send`, USERINFO], [`${SCOPE}gmail.metadata`]),
	authorize: withToken,
	/** The mailbox that somebody signed in with. Its own profile is closed to the scope for sending. */
	check: async (http) => ({ label: await signedInAs(http) }),
	failure(response) {
		// "Invalid To header", "Recipient address required": there is no reason of its own for it.
		if (response.status === 400 && /\bTo header\b|\brecipient address\b/i.test(response.text))
			return new Failure('invalid', "Gmail does not take the recipient's address. Correct it on the account.", {
				code: 'invalid_recipient',
				vendorCode: reasonOf(response) ?? 'badRequest',
			});
		return failure(response);
	},
	send: {
		channels: ['email'],
		idempotency: 'none',
		async message(http, _credentials, message) {
			const answer = (
				await http.send({
					method: 'POST',
					url: `${MESSAGES}/send`,
					json: { raw: (await mime(message)).toString('base64url') },
				})
			).json() as { id?: string };
			if (!answer.id) throw new Failure('broken', 'Gmail took the message but gave no id for it. Look under Sent.', { outcomeUnknown: true });
			return { externalId: answer.id, status: 'sent', rawStatus: 'accepted' };
		},
		failuresOnly: true,
		/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list gives the thread of each mail; only what stands beside ours is opened. */
		async status(http, _credentials, externalIds) {
			const mails = await listed(http, externalIds);
			const ours = new Map<string, string>();
			for (const { id, threadId } of mails) if (externalIds.includes(id)) ours.set(threadId, ours.has(threadId) ? '' : id);
			const failed = new Set<string>();
			for (const { id, threadId } of mails) {
				// Of two mails of ours in one thread it could not be said which one came back.
				const own = ours.get(threadId);
				if (own && !externalIds.includes(id) && !failed.has(own) && (await saysFailed(http, id))) failed.add(own);
			}
			return [...failed].map((externalId) => ({ externalId, status: 'undelivered' as const, rawStatus: 'failed' }));
		},
	},
});
