/** Preview Reminder: what would go out, when and why; how long it can get; and what is wrong with its words. */
import { Failure } from '../../contracts/failure.ts';
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import type { Service } from '../../operations/registry.ts';
import { LONGEST } from '../../rules/content/fields.ts';
import type { Language } from '../../rules/content/language.ts';
import { segmentsOf } from '../../rules/content/segments.ts';
import { RELATIVE_NOTICE } from '../../rules/content/texts.ts';
import { type Account, findRef, loadAccount, personOf } from '../accounts.ts';
import { audit } from '../audit.ts';
import { accountLink, actorOf, iso, localIso, type Practice, senderName, shown } from '../practice.ts';
import { requestOf, whyFields } from '../reminders/ask.ts';
import type { Caller, Deps } from '../types.ts';
import { decideAhead, lookAhead } from './ahead.ts';
import { type Composed, compose } from './compose.ts';
import { toCompose } from './context.ts';
import { carriedIfAsked } from './hands.ts';
import { hasText } from './sources.ts';

type Found = Awaited<ReturnType<Service['preview_reminder']>>['findings'][number];

interface Looked {
	texts: Partial<Record<Channel, Composed>>;
	findings: Found[];
}

export const previewReminder =
	(deps: Deps, caller: Caller): Service['preview_reminder'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const day = await lookAhead(tx, caller.practiceId, input.on, deps.now());
			const { practice, at: now } = day;
			const ref = await findRef(tx, caller, input);
			const account = await loadAccount(tx, practice, ref, deps.now());
			const { reminder, recipient } = decideAhead(day, carriedIfAsked(account.facts, input.channel), requestOf(practice, account, input), deps.now());
			const { currency } = account.row;
			const channel = reminder.channel ?? input.channel;
			const message = reminder.message ?? input.message ?? '';
			const link = `${deps.config.publicUrl}/api/go/${practice.id}.${'x'.repeat(22)}`;
			const asked = {
				message,
				recipient,
				amountMinor: wordedAmount(account, reminder.amountMinor),
				covers: reminder.covers,
				link: practice.settings.pay_link ? link : '',
			};
			const looked: Looked = hasText(practice, message)
				? lookOver(practice, account, { ...asked, unsubscribe: link }, channelsOf(practice, channel), now)
				: { texts: {}, findings: [] };
			const composed = channel === undefined ? undefined : looked.texts[channel];
			await audit(tx, caller.practiceId, [
				{
					at: iso(deps.now()),
					actor: actorOf(caller),
					kind: 'account_read',
					subject: ref,
					body: { operation: 'preview_reminder', contact_details: caller.scopes.includes('contact_details') },
				},
			]);
			const sendAt = reminder.sendAt ?? (reminder.verdict === 'send' ? now : undefined);
			const measured = looked.texts.sms === undefined ? undefined : segmentsOf(looked.texts.sms.text);
			const longest = (language: Language) => longestSegments(practice, recipient === 'relative' ? RELATIVE_NOTICE : message, language, link.length);
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				would_send: reminder.verdict === 'send',
				decision: reminder.verdict,
				message,
				channel: reminder.channel ?? '',
				recipient,
				language: composed?.language ?? '',
				send_at: sendAt === undefined ? '' : localIso(sendAt, practice.zone),
				...whyFields(practice, reminder.reasons, reminder.sendAt ?? reminder.reasons.find((reason) => reason.until !== undefined)?.until),
				amount: fromMinor(reminder.amountMinor, currency),
				amount_text: formatMoney(reminder.amountMinor, currency),
				currency,
				invoices_text: reminder.covers.join(', '),
				sms_segments: measured?.segments ?? 0,
				sms_encoding: measured?.encoding ?? '',
				sms_segments_longest_english: longest('en'),
				sms_segments_longest_spanish: longest('es'),
				findings: looked.findings,
				findings_text: looked.findings.map(findingText).join('\n').slice(0, 8000),
				link: accountLink(deps, ref),
				address: personOf(account.row, recipient).contacts.find((contact) => contact.channel === channel)?.address ?? '',
				subject: composed?.subject ?? '',
				text: composed?.text ?? '',
				sms_text: looked.texts.sms?.text ?? '',
				email_subject: looked.texts.email?.subject ?? '',
				email_text: looked.texts.email?.text ?? '',
				voice_text: looked.texts.voice?.text ?? '',
				voicemail_text: looked.texts.voice?.voicemail ?? '',
				letter_text: looked.texts.letter?.text ?? '',
				fax_text: looked.texts.fax?.text ?? '',
				portal_text: looked.texts.portal?.text ?? '',
			};
		});

/** Words are looked over also where nothing is asked for now: with what is owed, or an amount as long as any, for a text without its amount is no text. */
const wordedAmount = ({ facts }: Account, askedMinor: number): number =>
	askedMinor > 0 ? askedMinor : facts.invoices.reduce((sum, { amountMinor }) => sum + Math.max(0, amountMinor), 0) || LONGEST.amountMinor;

const channelsOf = (practice: Practice, chosen: Channel | undefined): Channel[] => [
	...new Set([...(chosen === undefined ? [] : [chosen]), ...practice.policy.channels]),
];

type Message = Omit<Parameters<typeof toCompose>[2], 'channel'>;

function lookOver(practice: Practice, account: Account, asked: Message, channels: readonly Channel[], now: number): Looked {
	const looked: Looked = { texts: {}, findings: [] };
	for (const channel of channels) {
		try {
			const unsubscribe = channel === 'email' ? asked.unsubscribe : '';
			const composed = compose(practice, toCompose(practice, account, { ...asked, channel, unsubscribe }, now));
			looked.texts[channel] = composed;
			looked.findings.push(...composed.findings.map(({ weight, ...finding }) => ({ channel, blocks: weight === 'block', ...finding })));
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			looked.findings.push({ channel, blocks: true, code: error.code, part: 'text', text: '', remedy: error.message });
		}
	}
	return { texts: looked.texts, findings: looked.findings.slice(0, 50) };
}

const findingText = ({ channel, code, text, remedy }: Found): string =>
	`${CHANNELS[channel as Channel]}: ${code.replaceAll('_', ' ')}${text === '' ? '' : ` ("${text}")`}. ${remedy}`;

/** Parts of a text message with the longest values that may come; 0 where there is no such text. */
export function longestSegments(practice: Practice, message: string, language: Language, linkLength: number): number {
	const name = senderName(practice).padEnd(LONGEST.name, 'M');
	try {
		const composed = compose(
			{ ...practice, settings: { ...practice.settings, neutral_sender_name: name } },
			{
				message,
				channel: 'sms',
				language,
				amountMinor: LONGEST.amountMinor,
				currency: practice.currency,
				link: 'https://'.padEnd(Math.max(LONGEST.link, linkLength), 'x'),
				unsubscribe: '',
				riskNotice: true,
				dueOn: '2026-09-30',
			},
		);
		return composed.language === language ? segmentsOf(composed.text).segments : 0;
	} catch (error) {
		if (error instanceof Failure) return 0;
		throw error;
	}
}
