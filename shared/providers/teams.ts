import { Failure } from '../contracts/failure.ts';
import { defineProvider, type SignedIn, type VendorHttp, type WorkItem, type WorkResult, withToken } from '../contracts/provider.ts';
import { object, optional, type Static, secret, text } from '../contracts/schema.ts';
import { fit } from './fit.ts';
import { viaGraph } from './graph.ts';

const auth = object({
	webhook_url: optional(
		secret(
			'Workflow URL',
			'In Teams, at the channel: Workflows > Send webhook alerts to a channel; the address it shows at the end. It belongs to one channel and needs nobody signed in.',
		),
	),
	client_id: optional(
		text('Application (client) ID', 'Of the app registration in Microsoft Entra, for signing in instead of a workflow; answers then stay in one thread.', {
			maxLength: 254,
		}),
	),
	client_secret: optional(secret('Client secret', 'Under Certificates & secrets of the same app registration; the value, not its ID.')),
	tenant: optional(
		text('Directory (tenant) ID', 'On the overview page of the app registration. Without it, any work account may sign in.', { maxLength: 254 }),
	),
});
type Credentials = Static<typeof auth> & SignedIn;

const LOGIN = 'login.microsoftonline.com';
const GRAPH = 'graph.microsoft.com';
const WORKFLOWS = /^https:\/\/[a-z0-9.-]+\.(logic\.azure\.com|api\.powerplatform\.com)(:443)?\/[^?]+\?(.*&)?sig=[^&]+/;
/** Stands in front of the reference when there is no message id to come back to. */
const BY_WEBHOOK = 'webhook:';
const SEVERITIES = { low: 'Low', normal: 'Normal', high: 'High' } as const;

const signIn = (credentials: Credentials, page: 'authorize' | 'token') =>
	`https://${LOGIN}/${encodeURIComponent(credentials.tenant || 'organizations')}/oauth2/v2.0/${page}`;

export default defineProvider({
	id: 'teams',
	label: 'Microsoft Teams',
	docs: 'https://learn.microsoft.com/en-us/graph/api/channel-post-messages',
	hosts: [GRAPH, LOGIN, '*.logic.azure.com', '*.api.powerplatform.com'],
	/** Graph takes one a second for each channel, a workflow's trigger more. https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits */
	rate: { perSecond: 1 },
	auth,
	/** https://learn.microsoft.com/en-us/graph/permissions-reference#channelmessagesend. An app of its own may only bring old messages in, so somebody signs in. */
	oauth: {
		authorizationUrl: (credentials) => signIn(credentials, 'authorize'),
		tokenUrl: (credentials) => signIn(credentials, 'token'),
		scopes: [`https://${GRAPH}/ChannelMessage.Send`, `https://${GRAPH}/User.Read`, 'offline_access'],
		clientAuth: 'post',
		optional: true,
	},
	/** A workflow's URL carries its own signature, and is not to see the token. */
	authorize: (request, credentials) => (new URL(request.url).hostname === GRAPH ? withToken(request, credentials) : request),
	/** https://learn.microsoft.com/en-us/graph/api/user-get. A workflow can not be tried without posting, so only its form is checked. */
	async check(http, credentials: Credentials) {
		if (credentials.webhook_url) {
			if (WORKFLOWS.test(credentials.webhook_url)) return { label: 'Microsoft Teams workflow' };
			throw new Failure('invalid', 'This is no URL of a Teams workflow. Office 365 connectors have ended; add a workflow to the channel and enter its URL.', {
				code: 'webhook_url_not_valid',
			});
		}
		requireSignedIn(credentials);
		const me = await viaGraph(http, (graph) => graph.api('/me').get() as Promise<{ displayName?: string; userPrincipalName?: string } | null>);
		if (!me?.userPrincipalName) throw new Failure('broken', 'Microsoft did not say who is signed in. Connect again.');
		return { label: `${me.displayName ?? 'Microsoft Teams'} (${me.userPrincipalName})` };
	},
	work: {
		async open(http, credentials: Credentials, item) {
			if (credentials.webhook_url) return viaWorkflow(http, credentials.webhook_url, item);
			requireSignedIn(credentials);
			const { team, channel } = placeOf(item.target);
			return post(http, team, channel, item);
		},
		update: (http, credentials: Credentials, externalId, item) => follow(http, credentials, externalId, { ...item, title: `Update: ${item.title}` }),
		async close(http, credentials: Credentials, externalId, item) {
			await follow(http, credentials, externalId, { ...item, title: `Resolved: ${item.title}` });
		},
	},
});

function requireSignedIn({ access_token: token }: Credentials): void {
	if (token === undefined) throw new Failure('auth', "Nobody is signed in at Microsoft Teams. Sign in, or enter a workflow's URL.", { code: 'not_signed_in' });
}

/** Taken with 202 and no body, which says that the flow began; a card that fails shows only in the flow's run history. */
async function viaWorkflow(http: VendorHttp, url: string, item: WorkItem): Promise<WorkResult> {
	await http.send({ method: 'POST', url, json: { type: 'message', attachments: [{ contentType: CARD, contentUrl: null, content: card(item) }] } });
	return { externalId: BY_WEBHOOK + item.reference };
}

/** What follows is an answer in the thread of the first message; a workflow has no threads, so there it is a message of its own. */
async function follow(http: VendorHttp, credentials: Credentials, externalId: string, item: WorkItem): Promise<WorkResult> {
	const threaded = !externalId.startsWith(BY_WEBHOOK);
	if (credentials.webhook_url && !(threaded && credentials.access_token)) return viaWorkflow(http, credentials.webhook_url, item);
	requireSignedIn(credentials);
	if (threaded) {
		const [team = '', channel = '', message = ''] = externalId.split('/');
		await post(http, team, channel, item, message);
		return { externalId };
	}
	const { team, channel } = placeOf(item.target);
	return post(http, team, channel, item);
}

/** https://learn.microsoft.com/en-us/graph/api/chatmessage-post and …/chatmessage-post-replies. The card is a text there. */
async function post(http: VendorHttp, team: string, channel: string, item: WorkItem, replyTo?: string): Promise<WorkResult> {
	const messages = `/teams/${team}/channels/${encodeURIComponent(channel)}/messages`;
	const answer = await viaGraph(
		http,
		(graph) =>
			graph.api(replyTo === undefined ? messages : `${messages}/${encodeURIComponent(replyTo)}/replies`).post({
				importance: item.severity === 'high' ? 'high' : 'normal',
				body: { contentType: 'html', content: '<attachment id="card"></attachment>' },
				attachments: [{ id: 'card', contentType: CARD, content: JSON.stringify(card(item)) }],
			}) as Promise<{ id?: string; webUrl?: string } | null>,
	);
	if (!answer?.id) throw new Failure('broken', 'Teams took the message but gave no id for it. Look at the channel.', { outcomeUnknown: true });
	return { externalId: `${team}/${channel}/${answer.id}`, ...(answer.webUrl ? { link: answer.webUrl } : {}) };
}

/** @throws Failure `invalid` when it names no channel */
function placeOf(target: string): { team: string; channel: string } {
	const link = URL.canParse(target) ? new URL(target) : undefined;
	const [team = '', channel = ''] = link ? [link.searchParams.get('groupId') ?? '', link.pathname.replace(/^\/l\/channel\//, '')] : target.split('/');
	const [, thread, kind] = /^19(?::|%3a)([\w-]+)(?:@|%40)thread\.(\w+)(?:\/|$)/i.exec(channel) ?? [];
	if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(team) && thread && kind) return { team, channel: `19:${thread}@thread.${kind}` };
	throw new Failure('invalid', 'The route names no channel of Teams. Enter as its target the link from Get link to channel, or team ID/channel ID.', {
		code: 'target_not_valid',
	});
}

const CARD = 'application/vnd.microsoft.card.adaptive';

/**
 * https://adaptivecards.io/explorer/AdaptiveCard.html. 1.4 is what workflows show in full; a message has 28 KB.
 * People's words stand in text runs: in a TextBlock they would be read as Markdown.
 */
function card(item: WorkItem): object {
	const run = (words: string, style: object = {}) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: words, ...style }] });
	const lines = fit(item.text, 4000).split('\n');
	return {
		type: 'AdaptiveCard',
		$schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
		version: '1.4',
		body: [
			run(fit(item.title, 300), { size: 'Medium', weight: 'Bolder' }),
			...lines.filter((line) => line.trim() !== '').map((line) => run(line)),
			{
				type: 'FactSet',
				facts: [{ title: 'Severity', value: SEVERITIES[item.severity] }, ...(item.dueDate === undefined ? [] : [{ title: 'Due', value: item.dueDate }])],
			},
		],
		actions: [{ type: 'Action.OpenUrl', title: 'Open in Dunwell', url: item.link }],
	};
}
