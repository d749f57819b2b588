/** A practice's own wording, looked over when its policy is saved: what may not be sent is not kept either. */
import type { FieldError } from '../../contracts/failure.ts';
import { Failure } from '../../contracts/failure.ts';
import type { Policy } from '../../contracts/policy.ts';
import { CHANNELS } from '../../contracts/words.ts';
import { allowedValues, fieldsFor } from '../../rules/content/fields.ts';
import type { Finding } from '../../rules/content/lint.ts';
import { lintFilled, lintWords } from '../../rules/content/lint.ts';
import { PARTS, unsubscribeLabel } from '../../rules/content/texts.ts';
import { neutralValues } from './looked-over.ts';
import { render } from './render.ts';
import { parseTextKey, type TextKey } from './sources.ts';

/** What is wrong with the texts, each by its path in the policy; none when all may be sent. */
export function textProblems(policy: Policy): FieldError[] {
	return Object.entries(policy.texts ?? {}).flatMap(([name, liquid]) => {
		const field = `texts.${name}`;
		const key = parseTextKey(name);
		const messages = key === undefined ? [keyText(name)] : problems(policy, key, liquid);
		return messages.map((message) => ({ field, message: `"${field}" ${message}` }));
	});
}

/** @throws Failure `invalid` that names every text which may not be sent, and why */
export function checkTexts(policy: Policy): void {
	const fields = textProblems(policy);
	const first = fields[0];
	if (first === undefined) return;
	const more = fields.length === 1 ? '' : ` ${fields.length - 1} more ${fields.length === 2 ? 'problem' : 'problems'} of the texts.`;
	throw new Failure('invalid', `${first.message}${more}`, { code: 'texts_refused', fields });
}

function keyText(name: string): string {
	const parts = Object.entries(PARTS).flatMap(([channel, list]) => list.map((part) => (part === 'text' ? channel : `${channel}.${part}`)));
	return `names no text: after the message must stand one of ${parts.join(', ')} and the language, en or es, such as "${name.split('.')[0]}.sms.en".`;
}

function problems(policy: Policy, key: TextKey, liquid: string): string[] {
	const { channel, part, language } = key;
	const values = neutralValues(policy.content, language);
	const all = allowedValues({ ...values, pointer: 'En español: (212) 555-0100.' }, channel, part, true);
	const text = tryRender(liquid, all);
	if (text === undefined) return [`cannot be filled in: ${CHANNELS[channel]} may name ${fieldsFor(channel, part).join(', ')}, in Liquid, and nothing else.`];
	const body = channel === 'email' && part === 'text' ? `${text}\n\n${unsubscribeLabel(language)}: https://pay.example/stop` : text;
	const found = [
		...lintWords(part, body, { policy, ...key, lateByLaw: policy.role !== 'servicer' }),
		...lintFilled(part, body, { policy, channel }).filter((finding) => finding.weight === 'block'),
	];
	return [...unasked(liquid, all, key), ...found.map(said)];
}

const said = ({ code, text, remedy }: Finding): string => `may not be sent (${code}${text === '' ? '' : `: "${text}"`}). ${remedy}`;

/** Fields that are not always there: without risk notice a text message has no amount, and most accounts no plan. */
const OFTEN_ABSENT = ['due_date', 'pointer', 'financial_help', 'language_help', 'tty'] as const;

function unasked(liquid: string, all: ReturnType<typeof allowedValues>, { channel }: TextKey): string[] {
	const absent = channel === 'sms' ? (['amount', ...OFTEN_ABSENT] as const) : OFTEN_ABSENT;
	return absent
		.filter((field) => {
			const { [field]: _, ...rest } = all;
			return tryRender(liquid, rest) === undefined;
		})
		.map((field) => `names ${field}, which is not always there. Write it as {% if ${field} %}…{{ ${field} }}…{% endif %}.`);
}

function tryRender(liquid: string, values: ReturnType<typeof allowedValues>): string | undefined {
	try {
		return render(liquid, values);
	} catch {
		return undefined;
	}
}
