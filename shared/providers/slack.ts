import { Failure, type FailureKind } from '../contracts/failure.ts';
import { defineProvider, type VendorHttp, type WorkItem, type WorkResult } from '../contracts/provider.ts';
import { object, optional, type Static, secret } from '../contracts/schema.ts';
import { fit } from './fit.ts';

const auth = object({
	bot_token: optional(
		secret(
			'Bot token',
			'Starts with xoxb-. Under OAuth & Permissions of your Slack app, which needs the scope chat:write and must be invited to the channel. Only with it can Dunwell change a message afterwards.',
		),
	),
	webhook_url: optional(
		secret('Incoming webhook URL', 'Starts with https://hooks.slack.com/services/. Under Incoming Webhooks of your Slack app; it belongs to one channel.'),
	),
});
type Credentials = Static<typeof auth>;

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors and the plain words of incoming webhooks. Others are `invalid`. */
const KINDS: Record<string, FailureKind> = {
	invalid_auth: 'auth',
	not_authed: 'auth',
	account_inactive: 'auth',
	token_expired: 'auth',
	token_revoked: 'auth',
	no_service: 'auth',
	no_active_hooks: 'auth',
	no_team: 'auth',
	team_disabled: 'auth',
	invalid_token: 'auth',
	missing_scope: 'denied',
	not_in_channel: 'denied',
	not_allowed_token_type: 'denied',
	no_permission: 'denied',
	restricted_action: 'denied',
	action_prohibited: 'denied',
	posting_to_general_channel_denied: 'denied',
	cant_update_message: 'denied',
	edit_window_closed: 'denied',
	channel_not_found: 'missing',
	is_archived: 'missing',
	channel_is_archived: 'missing',
	message_not_found: 'missing',
	msg_too_long: 'too_large',
	msg_blocks_too_long: 'too_large',
	ratelimited: 'limited',
	rate_limited: 'limited',
	message_limit_exceeded: 'limited',
	internal_error: 'unavailable',
	fatal_error: 'unavailable',
	service_unavailable: 'unavailable',
	request_timeout: 'unavailable',
};
const ADVICE: Partial<Record<FailureKind, string>> = {
	auth: 'did not accept the token or webhook. Reconnect the connection.',
	denied: 'does not let the app post here. Give it the scope chat:write and invite it to the channel.',
	missing: 'does not know the channel or message. Use the id of a channel that exists and is not archived.',
	too_large: 'refused the message as too long. Shorten it.',
	limited: 'receives too many messages at the moment. Wait and try again.',
	unavailable: 'is not available at the moment. Try again in a few minutes.',
};
const SEVERITIES = { low: 'Low', normal: 'Normal', high: 'High' } as const;
/** Stands in front of the reference when there is no message id to come back to. */
const BY_WEBHOOK = 'webhook:';

export default defineProvider({
	id: 'slack',
	label: 'Slack',
	docs: 'https://docs.slack.dev/apis/web-api/',
	hosts: ['slack.com', 'hooks.slack.com'],
	auth,
	authorize: (request, credentials) =>
		new URL(request.url).hostname === 'slack.com' ? { ...request, headers: { ...request.headers, authorization: `Bearer ${credentials.bot_token}` } } : request,
	/** https://docs.slack.dev/reference/methods/auth.test. A webhook can not be tried without posting, so only its form is checked. */
	async check(http, credentials) {
		if (credentials.bot_token) {
			const who = (await http.send({ method: 'POST', url: 'https://slack.com/api/auth.test' })).json() as { team?: string; user?: string };
			return { label: `${who.team ?? 'Slack'} (${who.user ?? 'bot'})` };
		}
		if (!/^https:\/\/hooks\.slack\.com\/services\/\w+\/\w+\/\w+$/.test(credentials.webhook_url ?? ''))
			throw new Failure('invalid', 'Slack needs a bot token or an incoming webhook URL. Enter one of them.', { code: 'credentials_missing' });
		return { label: 'Slack incoming webhook' };
	},
	/** Web API: HTTP 200 and `ok: false`. Incoming webhook: an error word as plain text. */
	failure(response, request) {
		const word = new URL(request.url).hostname === 'hooks.slack.com' ? webhookError(response) : apiError(response);
		if (word === undefined) return undefined;
		const kind = (Object.hasOwn(KINDS, word) ? KINDS[word] : undefined) ?? 'invalid';
		return new Failure(kind, `Slack ${ADVICE[kind] ?? 'refused the message as not valid. Check the channel of the route.'}`, { vendorCode: word });
	},
	work: {
		async open(http, credentials, item) {
			if (!credentials.bot_token) return viaWebhook(http, credentials, item);
			return post(http, 'chat.postMessage', { channel: item.target, ...messageOf(item), unfurl_links: false });
		},
		/** The message shows what is so now, and its thread says that it changed: nobody hears of a message that is edited. */
		async update(http, credentials, externalId, item) {
			const told = { ...item, title: `Update: ${item.title}` };
			if (externalId.startsWith(BY_WEBHOOK)) return anew(http, credentials, told);
			const { channel, ts } = await edit(http, externalId, item);
			await post(http, 'chat.postMessage', { channel, thread_ts: ts, ...messageOf(told), unfurl_links: false });
			return { externalId };
		},
		async close(http, credentials, externalId, item) {
			const told = { ...item, title: `Resolved: ${item.title}` };
			if (externalId.startsWith(BY_WEBHOOK)) await anew(http, credentials, told);
			else await edit(http, externalId, told);
		},
	},
});

const messageOf = (item: WorkItem) => ({ text: escaped(item.title), blocks: blocks(item) });

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: answers the text "ok", and no id. */
async function viaWebhook(http: VendorHttp, credentials: Credentials, item: WorkItem): Promise<WorkResult> {
	await http.send({ method: 'POST', url: credentials.webhook_url ?? '', json: { ...messageOf(item), unfurl_links: false } });
	return { externalId: BY_WEBHOOK + item.reference };
}

/** A webhook's message has no id to change it or to answer it by, so what follows is a message of its own. */
async function anew(http: VendorHttp, credentials: Credentials, item: WorkItem): Promise<WorkResult> {
	if (credentials.webhook_url) return viaWebhook(http, credentials, item);
	return post(http, 'chat.postMessage', { channel: item.target, ...messageOf(item), unfurl_links: false });
}

/** https://docs.slack.dev/reference/methods/chat.update */
async function edit(http: VendorHttp, externalId: string, item: WorkItem): Promise<{ channel: string; ts: string }> {
	const [channel = '', ts = ''] = externalId.split(':');
	await post(http, 'chat.update', { channel, ts, ...messageOf(item) }, true);
	return { channel, ts };
}

/** https://docs.slack.dev/reference/methods/chat.postMessage */
async function post(http: VendorHttp, method: string, json: object, idempotent = false): Promise<WorkResult> {
	const answer = (
		await http.send({
			method: 'POST',
			url: `https://slack.com/api/${method}`,
			headers: { 'content-type': 'application/json; charset=utf-8' },
			json,
			idempotent,
		})
	).json() as { channel?: string; ts?: string };
	if (!answer.channel || !answer.ts)
		throw new Failure('broken', 'Slack took the message but gave no id for it. Look at the channel.', { outcomeUnknown: true });
	return { externalId: `${answer.channel}:${answer.ts}` };
}

function apiError({ status, ...response }: { status: number; json(): unknown }): string | undefined {
	if (status >= 300) return undefined;
	const { ok, error } = response.json() as { ok?: boolean; error?: string };
	return ok === true ? undefined : (error ?? 'unknown_error');
}

/** Not every proxy's error page is Slack's word. */
const webhookError = ({ status, text }: { status: number; text: string }): string | undefined =>
	status >= 400 && status < 500 && /^[a-z_]{3,60}$/.test(text.trim()) ? text.trim() : undefined;

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Header 150, section 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks */
function blocks(item: WorkItem): object[] {
	const facts = [SEVERITIES[item.severity], ...(item.dueDate ? [`due ${item.dueDate}`] : []), `<${escaped(item.link).replaceAll('|', '%7C')}|Open in Dunwell>`];
	return [
		{ type: 'header', text: { type: 'plain_text', text: fit(item.title, 150) } },
		{ type: 'section', text: { type: 'mrkdwn', text: fit(item.text, 3000, escaped) } },
		{ type: 'context', elements: [{ type: 'mrkdwn', text: facts.join(' · ') }] },
	];
}
