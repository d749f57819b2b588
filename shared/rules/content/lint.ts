/** What is wrong with a text, before anybody gets it. A finding of weight `block` keeps it from leaving. */
import type { Policy } from '../../contracts/policy.ts';
import type { Channel } from '../../contracts/words.ts';
import type { Language } from './language.ts';
import { FINAL_NOTICE, HEALTH, OPT_OUT, OVERDUE, REVEALED, SHORTENERS, WORD_FINDINGS } from './lint-data.ts';
import { readingGrade } from './reading.ts';
import { segmentsOf } from './segments.ts';
import type { Part } from './texts.ts';

export interface Finding {
	code: string;
	part: Part;
	/** The words that gave it, or what was measured. */
	text: string;
	remedy: string;
	weight: 'block' | 'advice';
}

export interface LintContext {
	policy: Pick<Policy, 'role' | 'milestones' | 'content'>;
	message: string;
	channel: Channel;
	language: Language;
	/** The debt is late by every law that may bind: words such as "past due" may be used. */
	lateByLaw: boolean;
}

const SEEN_BY_OTHERS: readonly Channel[] = ['sms', 'voice', 'email', 'fax'];
/** A call is answered, and a fax picked up, by whoever is there. */
const OVERHEARD: readonly Channel[] = ['voice', 'fax'];
/** Below so many words a grade says more about one name than about the text. */
const GRADED_WORDS = 12;

/** The words of a text. It is read as it is filled in with neutral values: a practice is not blamed for its name. */
export function lintWords(part: Part, text: string, context: LintContext): Finding[] {
	const { channel, language, message, policy } = context;
	const findings = WORD_FINDINGS.flatMap(({ code, remedy, patterns }) => matches(code, part, text, patterns[language], remedy));
	if (SEEN_BY_OTHERS.includes(channel))
		findings.push(...matches('health', part, text, HEALTH[language], 'Leave out what care it was and when: others may read this.'));
	if (OVERHEARD.includes(channel))
		findings.push(
			...matches('revealed', part, text, REVEALED[language], 'Say who calls or writes and which number to call, no more: others may hear or see it.'),
		);
	if (policy.milestones.at(-1)?.message !== message)
		findings.push(...matches('final_notice', part, text, FINAL_NOTICE[language], 'Only the last step of the ladder may call itself the last.'));
	if (policy.role === 'servicer' || !context.lateByLaw)
		findings.push(
			...matches('overdue', part, text, OVERDUE[language], 'Say "due" or "still due": this word may not be used here, by law or by the role of who sends.'),
		);
	findings.push(...linkFindings(part, text), ...optOutFindings(part, text, context), ...gradeFindings(part, text, context));
	return findings;
}

/** Every place once, as it is written there. */
function matches(code: string, part: Part, text: string, pattern: string, remedy: string): Finding[] {
	const found = text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu'));
	return [...new Set([...found].map(([words]) => words))].map((words) => ({ code, part, text: words, remedy, weight: 'block' }));
}

function linkFindings(part: Part, text: string): Finding[] {
	const shorteners = SHORTENERS.map((host) => host.replaceAll('.', '\\.')).join('|');
	return [
		...matches(
			'shortener',
			part,
			text,
			`(?:https?://|www\\.)?(?:${shorteners})(?:/[^\\s]*[^\\s.,;:!?)])?`,
			"Use the practice's own address: carriers block shared short ones.",
		),
		...matches('insecure_link', part, text, 'http://[^\\s]*[^\\s.,;:!?)]', 'Use an address that starts with https://.'),
	];
}

function optOutFindings(part: Part, text: string, { channel, language }: LintContext): Finding[] {
	if (part !== 'text' || (channel !== 'sms' && channel !== 'email')) return [];
	if (new RegExp(OPT_OUT[channel][language], 'iu').test(text)) return [];
	const remedy =
		channel === 'sms' ? 'End it with "Reply STOP to opt out." or "Responda STOP para darse de baja."' : 'Keep the address that stops these e-mails.';
	return [{ code: 'opt_out_missing', part, text: '', remedy, weight: 'block' }];
}

function gradeFindings(part: Part, text: string, { language, policy }: LintContext): Finding[] {
	const plain = text.replaceAll(/https?:\/\/\S+/g, '');
	if (part === 'subject' || plain.split(/\s+/).length < GRADED_WORDS) return [];
	const grade = readingGrade(plain, language);
	const most = policy.content.reading_grade;
	if (grade <= most) return [];
	return [
		{
			code: 'reading_grade',
			part,
			text: `grade ${grade}`,
			remedy: `Use shorter sentences and shorter words: the policy allows grade ${most}.`,
			weight: 'block',
		},
	];
}

/** What can only be seen on the filled-in text: its length, and a field that stayed open. */
export function lintFilled(part: Part, text: string, { channel, policy }: Pick<LintContext, 'channel' | 'policy'>): Finding[] {
	const findings = matches('field', part, text, '\\{\\{[^}]*\\}\\}|\\{%[^%]*%\\}', 'Correct the field: it was not filled in.');
	if (text.trim() === '') findings.push({ code: 'empty', part, text: '', remedy: 'Write a text.', weight: 'block' });
	return channel === 'sms' ? [...findings, ...lengthFindings(part, text, policy)] : findings;
}

function lengthFindings(part: Part, text: string, { content }: LintContext['policy']): Finding[] {
	const { segments, encoding, forcedBy } = segmentsOf(text);
	const why = forcedBy.length === 0 ? '' : ` because of ${forcedBy.join(' ')}`;
	const most = content.max_segments;
	const shorter = 'Shorten the text, the sender name or the address of the service';
	if (segments > most)
		return [
			{
				code: 'segments',
				part,
				text: `${segments} parts in ${encoding}${why}`,
				remedy: forcedBy.length === 0 ? `${shorter}: the policy allows ${most}.` : `${shorter}, or leave out ${forcedBy.join(' ')}: the policy allows ${most}.`,
				weight: 'block',
			},
		];
	if (encoding === 'GSM-7') return [];
	return [
		{ code: 'encoding', part, text: `${encoding}${why}`, remedy: `Without ${forcedBy.join(' ')} a part holds 160 characters instead of 70.`, weight: 'advice' },
	];
}

/** Words of care in the name a practice signs with: advice to sign with a neutral one. */
export const revealingName = (name: string): string | undefined =>
	[HEALTH.en, HEALTH.es].flatMap((pattern) => matches('name', 'text', name, pattern, '')).map((found) => found.text)[0];
