import { ResponseType } from '@microsoft/microsoft-graph-client';
import { Failure } from '../contracts/failure.ts';
import { defineProvider, type MessageStatus, type VendorHttp, withToken } from '../contracts/provider.ts';
import { object, optional, type Static, secret, text } from '../contracts/schema.ts';
import { deliveryReport } from './delivery-report.ts';
import { viaGraph } from './graph.ts';
import { faultOf } from './mail.ts';
import { messageId, mime } from './mime.ts';

const auth = object({
	client_id: optional(
		text('Application (client) ID', 'On the overview page of your app registration in Microsoft Entra. Not needed where the operator has one.', {
			maxLength: 254,
		}),
	),
	client_secret: optional(secret('Client secret', 'Under Certificates & secrets of the same app registration; the value, not its ID.')),
	tenant: optional(
		text('Directory (tenant) ID', 'On the overview page of the app registration. Without it, any work account may sign in.', { maxLength: 254 }),
	),
});
type Credentials = Static<typeof auth>;

const LOGIN = 'login.microsoftonline.com';
const GRAPH = 'graph.microsoft.com';
/** Otherwise an id changes when the mail moves from the drafts to what was sent. https://learn.microsoft.com/en-us/graph/outlook-immutable-id */
const STABLE = 'IdType="ImmutableId"';

const signIn = ({ tenant }: Credentials, page: 'authorize' | 'token'): string =>
	`https://${LOGIN}/${encodeURIComponent(tenant || 'organizations')}/oauth2/v2.0/${page}`;

interface Mail {
	id: string;
	isDraft?: boolean;
}

const listOf = async (http: VendorHttp, query: Record<string, string | number>): Promise<Mail[]> => {
	const found = await viaGraph(http, (graph) => graph.api('/me/messages').header('prefer', STABLE).query(query).get() as Promise<{ value?: Mail[] } | null>);
	return found?.value ?? [];
};

/** What the mailbox sent under a Message-ID; a draft may be on its way. */
const sentAs = async (http: VendorHttp, id: string): Promise<Mail | undefined> =>
	(await listOf(http, { $filter: `internetMessageId eq '${id.replaceAll("'", "''")}'`, $select: 'id,isDraft' })).find(({ isDraft }) => !isDraft);

/** https://learn.microsoft.com/en-us/graph/outlook-get-mime-message. undefined: it is no report of a mail that was given up. */
async function failureIn(http: VendorHttp, report: string): Promise<{ messageId: string; code: string } | undefined> {
	const mime = await viaGraph(
		http,
		(graph) =>
			graph
				.api(`/me/messages/${encodeURIComponent(report)}/$value`)
				.responseType(ResponseType.TEXT)
				.get() as Promise<string>,
	);
	const read = deliveryReport(mime);
	const failed = read?.recipients.find(({ action }) => action === 'failed');
	return read && failed && { messageId: read.messageId, code: failed.status };
}

/**
 * A message goes as MIME, not as Graph's own JSON: that takes only headers that begin with x-, and so no List-Unsubscribe.
 * It is a draft first, because sendMail answers without an id. Outlook reports nothing afterwards: a bounce is a mail in the mailbox,
 * which Mail.ReadWrite may read. Nothing says that a message arrived, so it stays `sent`.
 */
export default defineProvider({
	id: 'outlook',
	label: 'Outlook',
	docs: 'https://learn.microsoft.com/en-us/graph/outlook-send-mime-message',
	hosts: [GRAPH, LOGIN],
	/** Thirty messages a minute leave a mailbox. https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits#sending-limits */
	rate: { perSecond: 0.5 },
	auth,
	/** https://learn.microsoft.com/en-us/graph/permissions-reference: drafts need to be written, whoever sends. */
	oauth: {
		authorizationUrl: (credentials) => signIn(credentials, 'authorize'),
		tokenUrl: (credentials) => signIn(credentials, 'token'),
		scopes: [...['Mail.ReadWrite', 'Mail.Send', 'User.Read'].map((scope) => `https://${GRAPH}/${scope}`), 'offline_access'],
		clientAuth: 'post',
	},
	authorize: withToken,
	async check(http) {
		const me = await viaGraph(http, (graph) => graph.api('/me').get() as Promise<{ mail?: string; userPrincipalName?: string } | null>);
		const label = me?.mail ?? me?.userPrincipalName;
		if (!label) throw new Failure('broken', 'Microsoft did not say who is signed in. Sign in again.');
		return { label };
	},
	failure({ status, text: body }) {
		if (status !== 400 || !body.includes('"ErrorInvalidRecipients"')) return undefined;
		return new Failure('invalid', "Outlook does not take the recipient's address. Correct it on the account.", {
			code: 'invalid_recipient',
			vendorCode: 'ErrorInvalidRecipients',
		});
	},
	send: {
		channels: ['email'],
		idempotency: 'search',
		/** https://learn.microsoft.com/en-us/graph/api/user-post-messages and message-send */
		async message(http, _credentials, message) {
			const bytes = (await mime(message)).toString('base64');
			const draft = await viaGraph(
				http,
				(graph) => graph.api('/me/messages').headers({ 'content-type': 'text/plain', prefer: STABLE }).post(bytes) as Promise<{ id?: string } | null>,
			);
			if (!draft?.id) throw new Failure('broken', 'Outlook took the message but gave no id for it. Look under Drafts and Sent.', { outcomeUnknown: true });
			const { id } = draft;
			await viaGraph(http, (graph) =>
				graph
					.api(`/me/messages/${encodeURIComponent(id)}/send`)
					.header('prefer', STABLE)
					.post(''),
			);
			return { externalId: id, status: 'sent', rawStatus: 'accepted' };
		},
		/**
		 * By the Message-ID that we gave it.
		 * @throws Failure `missing` when it is not among what was sent: Exchange may have given it another id, and a draft may be on its way
		 */
		async find(http, _credentials, message) {
			const sent = await sentAs(http, messageId(message));
			if (sent) return { externalId: sent.id, status: 'sent', rawStatus: 'accepted' };
			throw new Failure('missing', 'Outlook shows no such message as sent. Look under Sent and Drafts whether it went.');
		},
		failuresOnly: true,
		/**
		 * Exchange files what reports a failure under a class of its own, whoever wrote it (from memory; the filter is documented at
		 * https://learn.microsoft.com/en-us/graph/api/singlevaluelegacyextendedproperty-get): delays, receipts and absence notes are none.
		 */
		async status(http, _credentials, externalIds, since) {
			const reports = await listOf(http, {
				$filter: `receivedDateTime ge ${since} and singleValueExtendedProperties/any(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR')`,
				$orderby: 'receivedDateTime desc',
				$select: 'id',
				// Ten is what Graph gives unasked.
				$top: 500,
			});
			const found = new Map<string, MessageStatus>();
			for (const report of reports) {
				const failure = await failureIn(http, report.id);
				const sent = failure && (await sentAs(http, failure.messageId));
				if (!failure || !sent || !externalIds.includes(sent.id)) continue;
				const fault = faultOf(failure.code);
				found.set(sent.id, {
					externalId: sent.id,
					status: 'undelivered',
					rawStatus: 'failed',
					...(failure.code && { code: failure.code }),
					...(fault && { fault }),
				});
			}
			return [...found.values()];
		},
	},
});
