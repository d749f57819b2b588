/** The words of a text, looked over once for each text and policy: they do not depend on who gets it. */
import type { Channel } from '../../contracts/words.ts';
import { dateText } from '../../rules/content/dates.ts';
import { allowedValues, type Values } from '../../rules/content/fields.ts';
import type { Language } from '../../rules/content/language.ts';
import { type Finding, lintWords } from '../../rules/content/lint.ts';
import { type Part, pointerText, unsubscribeLabel } from '../../rules/content/texts.ts';
import type { Practice } from '../practice.ts';
import { render } from './render.ts';
import type { Source } from './sources.ts';

const known = new Map<string, Finding[]>();
const MOST_KNOWN = 5000;

export interface Looking {
	message: string;
	channel: Channel;
	part: Part;
	language: Language;
	lateByLaw: boolean;
}

export function wordFindings(practice: Pick<Practice, 'policy' | 'policyHash'>, source: Source, looking: Looking): Finding[] {
	const key = `${practice.policyHash}:${source.id}:${source.hash}:${looking.lateByLaw}`;
	let findings = known.get(key);
	if (findings === undefined) {
		findings = lintWords(looking.part, neutral(practice.policy, source, looking), { policy: practice.policy, ...looking });
		if (known.size >= MOST_KNOWN) known.clear();
		known.set(key, findings);
	}
	return findings;
}

/** Neutral values for every field: what a text says whoever signs it and whatever is owed. */
export const neutralValues = (content: Practice['policy']['content'], language: Language): Values => ({
	practice: 'Main Office',
	phone: '(212) 555-0100',
	link: 'https://pay.example/x7k2m9',
	amount: '$84.20',
	due_date: dateText('2026-11-30', language),
	financial_help: content.financial_help ?? '',
	language_help: content.language_help ?? '',
	tty: content.tty ?? '',
});

function neutral(policy: Practice['policy'], source: Source, { channel, part, language }: Looking): string {
	const values = neutralValues(policy.content, language);
	const pointer = language === 'en' ? render(pointerText(channel), values) : '';
	const text = render(source.liquid, allowedValues({ ...values, pointer }, channel, part, true));
	return channel === 'email' && part === 'text' ? `${text}\n\n${unsubscribeLabel(language)}: https://pay.example/stop` : text;
}
