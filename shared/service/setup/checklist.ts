/** What still stands between a practice and its first message, and how to mend each. */
import { sql } from 'kysely';
import type { Policy } from '../../contracts/policy.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { revealingName } from '../../rules/content/lint.ts';
import { opened } from '../connections.ts';
import { textProblems } from '../messages/own-texts.ts';
import { hasText } from '../messages/sources.ts';
import { signInCommand } from '../oauth/client.ts';
import type { PracticeSettings } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type Admin, practiceRow } from './admin.ts';

export interface Item {
	code: string;
	ok: boolean;
	/** To be mended before the first message. */
	blocking: boolean;
	title: string;
	/** What to do; empty when it is in order. */
	remedy: string;
}

/** Channels that staff or a print batch serve when no vendor does: they need no sender. */
const STAFF_SERVED: readonly string[] = ['letter', 'fax', 'portal'];

const SENDING: Record<Policy['sending'], string> = {
	flows: 'Nothing leaves by itself: a flow calls Send Reminder, or confirms a prepared one.',
	approval: 'Reviews gather a batch that a person approves before anything leaves.',
	automatic: 'The service sends at each milestone by itself; Send Reminder then answers "duplicate".',
};

export async function checklist(deps: Deps, admin: Admin): Promise<{ ready: boolean; text: string; items: Item[] }> {
	const items = await deps.ledger.practice(admin.practiceId, async (tx) => itemsOf(deps, await stateOf(deps, tx, admin)));
	const open = items.filter((item) => !item.ok && item.blocking);
	const text =
		open.length === 0
			? 'Nothing stands between this practice and its first message.'
			: `${open.length} ${open.length === 1 ? 'thing stands' : 'things stand'} before the first message: ${open.map((item) => item.title).join('; ')}.`;
	return { ready: open.length === 0, text, items };
}

type State = Awaited<ReturnType<typeof stateOf>>;

/** A test key asks about the test accounts and flows: live ones it never sees. */
async function stateOf(deps: Deps, tx: Tx, { practiceId, test }: Admin) {
	const practice = await practiceRow(tx, practiceId);
	const senders = await tx
		.selectFrom('sender')
		.leftJoin('connection', (join) => join.onRef('connection.practice_id', '=', 'sender.practice_id').onRef('connection.connection', '=', 'sender.connection'))
		.select(['sender.channel', 'sender.connection', 'connection.status', 'connection.status_text'])
		.where('sender.practice_id', '=', practiceId)
		.execute();
	const connections = await tx
		.selectFrom('connection')
		.select(['practice_id', 'connection', 'vendor', 'status', 'status_text', 'final_share', 'credentials', 'tokens'])
		.where('practice_id', '=', practiceId)
		.orderBy('connection')
		.execute();
	const routes = await tx
		.selectFrom('route')
		.select(['route', 'channel', 'target', 'sender', 'problem'])
		.where('practice_id', '=', practiceId)
		.orderBy('route')
		.execute();
	const { rows } = await sql<{ live_keys: number; accounts: number; consents: number; unknown_share: number; listeners: number }>`
		select
			(select count(*)::int from api_key where practice_id = ${practiceId} and mode = 'live' and 'send' = any(scopes) and revoked_at is null and (expires_at is null or expires_at > ${new Date(deps.now())})) as live_keys,
			(select count(*)::int from account where practice_id = ${practiceId} and test = ${test}) as accounts,
			(select count(*)::int from consent c where practice_id = ${practiceId} and state = 'granted' and exists (select from account a where a.practice_id = c.practice_id and a.account_ref = c.account_ref and a.test = ${test})) as consents,
			(select count(*)::int from invoice i where practice_id = ${practiceId} and amount_minor > 0 and final_share is null and exists (select from account a where a.practice_id = i.practice_id and a.account_ref = i.account_ref and a.test = ${test})) as unknown_share,
			(select count(*)::int from subscription where practice_id = ${practiceId} and test = ${test} and removed_at is null) as listeners`.execute(tx);
	const counts = rows[0] ?? { live_keys: 0, accounts: 0, consents: 0, unknown_share: 0, listeners: 0 };
	return {
		practice,
		policy: practice.policy as Policy,
		settings: practice.settings as PracticeSettings,
		senders,
		connections,
		routes,
		...counts,
	};
}

function itemsOf(deps: Deps, state: State): Item[] {
	return [
		...keyItems(state),
		...senderItems(state),
		...signInItems(deps, state),
		...settingItems(state),
		...textItems(state),
		...factItems(state),
		...routeItems(state),
		...placeItems(deps, state),
	];
}

const item = (code: string, ok: boolean, blocking: boolean, title: string, remedy: string): Item => ({ code, ok, blocking, title, remedy: ok ? '' : remedy });

function keyItems({ live_keys, practice }: State): Item[] {
	return [
		item(
			'live_key',
			live_keys > 0,
			true,
			'A live key that may send',
			'Create one with mode "live" and the scope "send": npm run dunwell -- key create --mode live --scopes read,write,send',
		),
		item('not_paused', !practice.paused, true, 'Reminders are not paused for the whole practice', 'Run the action Resume Reminders with the scope "practice".'),
	];
}

function senderItems({ policy, senders, connections }: State): Item[] {
	const served = new Set<string>(senders.map((sender) => sender.channel));
	const electronic = policy.channels.filter((channel) => !STAFF_SERVED.includes(channel));
	const missing = policy.channels.filter((channel) => !served.has(channel));
	const used = new Set(senders.map((sender) => sender.connection));
	return [
		item(
			'sender',
			electronic.length === 0 || electronic.some((channel) => served.has(channel)),
			true,
			'A sender for at least one channel of the policy',
			`Connect a sending service, then: npm run dunwell -- sender set ${electronic[0] ?? 'email'} --connection <name> --address <from>`,
		),
		...missing.map((channel) =>
			item(
				`sender_${channel}`,
				false,
				false,
				`A sender for ${words(channel)}`,
				STAFF_SERVED.includes(channel)
					? `Without one, ${words(channel)} is passed over. No vendor is needed: npm run dunwell -- sender set ${channel} --connection ${channel === 'letter' ? 'print --address "<return address>"' : 'by_hand'}. Or take "${channel}" out of the policy's channels.`
					: `Until then messages go by another channel. Set a sender, or take "${channel}" out of the policy's channels.`,
			),
		),
		...connections.map((row) =>
			item(
				`connection_${row.connection}`,
				row.status !== 'broken',
				used.has(row.connection),
				`The connection "${row.connection}" works`,
				`${row.status_text} Then: npm run dunwell -- connection check ${row.connection}`,
			),
		),
	];
}

/** What needs a person's sign-in and never had one. One that was revoked is broken, and listed as that. */
function signInItems(deps: Deps, { connections, senders }: State): Item[] {
	const used = new Set(senders.map((sender) => sender.connection));
	return connections.flatMap((row) => {
		const oauth = deps.providers[row.vendor]?.oauth;
		if (!oauth || oauth.optional || row.status === 'broken') return [];
		if (oauth.assertion?.(opened(deps, row.practice_id, row.connection, row).credentials) !== undefined) return [];
		return [
			item(
				`sign_in_${row.connection}`,
				row.status === 'working' || row.tokens !== null,
				used.has(row.connection),
				`Somebody is signed in for the connection "${row.connection}"`,
				row.status_text || `Sign in: ${signInCommand(row.connection)}`,
			),
		];
	});
}

const words = (channel: Channel): string => CHANNELS[channel].toLowerCase();

function settingItems({ settings }: State): Item[] {
	return [
		item(
			'callback_phone',
			Boolean(settings.callback_phone),
			true,
			'The number patients call back',
			'Every message names it: npm run dunwell -- settings set callback_phone=+13175550142',
		),
		item(
			'pay_link',
			Boolean(settings.pay_link),
			true,
			'Where patients pay',
			'Every reminder links to it: npm run dunwell -- settings set pay_link=https://pay.practice.example',
		),
		item(
			'own_address',
			Boolean(settings.own_phone || settings.own_mailbox),
			false,
			'A phone or mailbox of the practice for test messages',
			'Without one, test keys reach only the outbox: npm run dunwell -- settings set own_phone=… own_mailbox=…',
		),
	];
}

/** A step of the ladder without words, or with some that may not go out, would fail message by message. */
function textItems({ policy, practice, settings }: State): Item[] {
	const name = settings.neutral_sender_name || settings.sender_name || practice.name;
	const revealing = revealingName(name);
	const { language_help } = policy.content;
	return [
		...[...new Set(policy.milestones.map(({ message }) => message))]
			.filter((message) => !hasText({ policy }, message))
			.map((message) =>
				item(
					`text_${message}`,
					false,
					true,
					`The message "${message}" has no text`,
					`Add its texts to the policy's "texts", such as "${message}.sms.en", or use a message that has some.`,
				),
			),
		...textProblems(policy).map(({ field, message }) =>
			item(field.replaceAll('.', '_'), false, true, `The text "${field.replace(/^texts\./, '')}" may not be sent`, message),
		),
		item(
			'sender_name',
			revealing === undefined,
			false,
			'The name in messages tells nobody what care it was',
			`It says "${revealing}". Set a neutral one: npm run dunwell -- settings set neutral_sender_name="…"`,
		),
		item(
			'language_help',
			language_help !== undefined,
			false,
			'A line about free language help, on e-mail and letters (45 CFR 92.11)',
			'Providers with federal funds give this notice: set content.language_help and content.tty in the policy.',
		),
	];
}

function factItems({ policy, accounts, consents, unknown_share, listeners }: State): Item[] {
	const needsConsent = policy.channels.every((channel) => policy.consent.includes(channel));
	return [
		item(
			'accounts',
			accounts > 0,
			true,
			'Accounts with balances',
			'Import an aging report (npm run dunwell -- import <file>) or let a flow call Record Balance.',
		),
		item(
			'consent',
			!needsConsent || accounts === 0 || consents > 0,
			true,
			'Consent is known for at least one account',
			'Import a consent column, or record it with Update Account. A channel that needs none in your practice can be taken out of the policy\'s "consent".',
		),
		item(
			'final_share',
			unknown_share === 0,
			false,
			'Whether the amounts are what remains after insurance',
			`It is unknown for ${unknown_share} open ${unknown_share === 1 ? 'invoice, which is held' : 'invoices, which are held'}. Say it once for a source: npm run dunwell -- settings set final_share.<source>=true, or import remittances.`,
		),
		item('policy_sending', true, false, `The policy's sending is "${policy.sending}". ${SENDING[policy.sending]}`, ''),
		...(policy.sending === 'flows'
			? [
					item(
						'subscription',
						listeners > 0,
						false,
						'A flow listens',
						'Turn on a Zap or a flow that starts with a trigger of Dunwell. Its key decides whether it hears live or test events.',
					),
				]
			: []),
	];
}

function routeItems({ policy, routes }: State): Item[] {
	const { route } = policy.escalation;
	return [
		item(
			'policy_route',
			route === 'dunwell_only' || routes.some((row) => row.route === route),
			false,
			`The policy's route "${route}" exists`,
			`Staff work stays in Dunwell until then: npm run dunwell -- route set ${route} --label <name> --connection <name>`,
		),
		item(
			'route',
			routes.length > 0,
			false,
			'A route by which staff hear of work',
			'Staff work stays in Dunwell until then: npm run dunwell -- route set billing_team --label "Billing team" --connection <name> --target <where>; a person is written to with --channel sms --target <phone> --sender <number>.',
		),
		...routes
			.filter((row) => row.channel !== null)
			.map((row) =>
				item(
					`route_${row.route}`,
					row.problem === null && row.target !== '' && row.sender !== '',
					false,
					`The route "${row.route}" leads to a person`,
					row.problem ??
						`It names no person or no sender yet: npm run dunwell -- route set ${row.route} --label <name> --connection <name> --channel ${row.channel} --target <whom> --sender <from>`,
				),
			),
	];
}

function placeItems({ config, ledger }: Deps, { connections }: State): Item[] {
	const reachable = config.publicUrl.startsWith('https://');
	return [
		item(
			'public_url',
			reachable,
			config.production && connections.length > 0,
			`The service's address for vendors and flows is ${config.publicUrl}`,
			'Vendors, Zapier and Power Automate reach only a public https address: set DUNWELL_PUBLIC_URL.',
		),
		item(
			'database',
			ledger.kind === 'postgres',
			false,
			ledger.kind === 'postgres' ? 'The database is PostgreSQL' : 'The database is the embedded one',
			'It survives a crash of the service but not a power cut: live practices set DATABASE_URL to a PostgreSQL.',
		),
	];
}
