import { Failure, type FailureKind } from '../contracts/failure.ts';
import { defineProvider, type VendorHttp, type WorkItem, type WorkResult } from '../contracts/provider.ts';
import { object, optional, type Static, secret } from '../contracts/schema.ts';
import { fit } from './fit.ts';
import { byWord } from './words.ts';

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
const KINDS = byWord<FailureKind>({
	auth: 'invalid_auth not_authed account_inactive token_expired token_revoked no_service no_active_hooks no_team team_disabled invalid_token',
	denied:
		'missing_scope not_in_channel not_allowed_token_type no_permission restricted_action action_prohibited posting_to_general_channel_denied cant_update_message edit_window_closed',
	missing: 'channel_not_found is_archived channel_is_archived message_not_found',
	too_large: 'msg_too_long msg_blocks_too_long',
	limited: 'ratelimited rate_limited message_limit_exceeded',
	unavailable: 'internal_error fatal_error service_unavailable request_timeout',
});
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
	/** One a second for each channel. https://docs.slack.dev/apis/web-api/rate-limits */
	rate: { perSecond: 1, account: ({ bot_token, webhook_url }) => bot_token ?? webhook_url ?? '' },
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
		open: tell,
		/** The message shows what is so now, and its thread says that it changed: nobody hears of a message that is edited. */
		async update(http, credentials, externalId, item) {
			const told = { ...item, title: `Update: ${item.title}` };
			if (externalId.startsWith(BY_WEBHOOK)) return tell(http, credentials, told);
			if ((await edit(http, externalId, item)) === 'gone') return tell(http, credentials, told);
			await reply(http, externalId, told);
			return { externalId };
		},
		async close(http, credentials, externalId, item) {
			const told = { ...item, title: `Resolved: ${item.title}` };
			if (externalId.startsWith(BY_WEBHOOK)) await tell(http, credentials, told);
			else if ((await edit(http, externalId, told)) === 'fixed') await reply(http, externalId, told);
		},
	},
});

const messageOf = (item: WorkItem) => ({ text: escaped(item.title), blocks: blocks(item) });

/**
 * A message of its own, also where there is no message to change or to answer. A route that names no channel goes where the webhook goes:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks answers the text "ok", and no id.
 */
async function tell(http: VendorHttp, credentials: Credentials, item: WorkItem): Promise<WorkResult> {
	const message = { ...messageOf(item), unfurl_links: false };
	if (credentials.bot_token && (item.target !== '' || !credentials.webhook_url)) return post(http, 'chat.postMessage', { channel: item.target, ...message });
	await http.send({ method: 'POST', url: credentials.webhook_url ?? '', json: message });
	return { externalId: BY_WEBHOOK + item.reference };
}

const placeOf = (externalId: string) => {
	const [channel = '', ts = ''] = externalId.split(':');
	return { channel, ts };
};

/** The thread of the first message. */
function reply(http: VendorHttp, externalId: string, item: WorkItem): Promise<WorkResult> {
	const { channel, ts } = placeOf(externalId);
	return post(http, 'chat.postMessage', { channel, thread_ts: ts, ...messageOf(item), unfurl_links: false });
}

/** https://docs.slack.dev/reference/methods/chat.update. A workspace may let messages be edited for a while only, and people delete them. */
async function edit(http: VendorHttp, externalId: string, item: WorkItem): Promise<'edited' | 'fixed' | 'gone'> {
	try {
		await post(http, 'chat.update', { ...placeOf(externalId), ...messageOf(item) }, true);
		return 'edited';
	} catch (error) {
		const word = error instanceof Failure ? error.vendorCode : undefined;
		if (word === 'message_not_found') return 'gone';
		if (word === 'edit_window_closed' || word === 'cant_update_message') return 'fixed';
		throw error;
	}
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
