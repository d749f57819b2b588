import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import type { Channel } from '../../../shared/contracts/words.ts';
import type { Language } from '../../../shared/rules/content/language.ts';
import { type LintContext, lintFilled, lintWords, revealingName } from '../../../shared/rules/content/lint.ts';
import type { Ban } from '../../../shared/rules/law/pack.ts';
import { PACKS } from '../../../shared/rules/law/packs-data.ts';

const context = (over: Partial<LintContext> = {}): LintContext => ({
	policy: DEFAULT_POLICY,
	message: 'reminder_1',
	channel: 'letter',
	language: 'en',
	lateByLaw: true,
	...over,
});
/** What a text must not say for each ban of a law, and the finding that says so. */
const BANNED: Record<Ban, [text: string, code: string, over?: Partial<LintContext>]> = {
	credit_report: ['We report this to credit bureaus.', 'credit_report'],
	marketing: ['A special offer for you.', 'marketing'],
	threat: ['Pay, or else.', 'threat'],
	collection_step: ['We will garnish your wages.', 'legal'],
	third_party: ['This is about an unpaid bill.', 'revealed', { channel: 'voice' }],
};
const codes = (text: string, over: Partial<LintContext> = {}) => lintWords('text', text, context(over)).map((finding) => finding.code);

describe('words that must not stand in a message', () => {
	it.each<[string, Language, string, string]>([
		['credit_report', 'en', 'This may lower your credit score.', 'credit score'],
		['credit_report', 'en', 'We tell Experian.', 'Experian'],
		['credit_report', 'es', 'Avisamos al buró de crédito.', 'buró de crédito'],
		['threat', 'en', 'We send this to collections.', 'collections'],
		['threat', 'en', 'Pay, or else.', 'or else'],
		['threat', 'es', 'Habrá consecuencias.', 'consecuencias'],
		['legal', 'en', 'Our attorney will write.', 'attorney'],
		['legal', 'en', 'We may sue.', 'sue'],
		['legal', 'es', 'Vamos a demandar.', 'demandar'],
		['legal', 'es', 'Nuestro abogado llamará.', 'abogado'],
		['marketing', 'en', 'A special offer for you.', 'special offer'],
		['marketing', 'es', 'Tenemos un descuento.', 'descuento'],
		['estimate', 'en', 'An estimated amount.', 'estimated'],
		['estimate', 'es', 'La cantidad aproximada.', 'aproximada'],
		['urgency', 'en', 'Act now.', 'Act now'],
		['urgency', 'en', 'Pay!!', 'Pay!!'],
		['urgency', 'es', 'Es urgente.', 'urgente'],
		['final_notice', 'en', 'Final notice.', 'Final notice'],
		['final_notice', 'es', 'Último aviso.', 'Último aviso'],
		['shortener', 'en', 'See https://bit.ly/3xYz today.', 'https://bit.ly/3xYz'],
		['shortener', 'es', 'Vea tinyurl.com/abc hoy.', 'tinyurl.com/abc'],
		['insecure_link', 'en', 'See http://pay.example/x today.', 'http://pay.example/x'],
	])('%s in %s: %s', (code, language, text, words) => {
		const found = lintWords('text', text, context({ language }));
		expect(found.map((finding) => [finding.code, finding.text, finding.weight])).toEqual([[code, words, 'block']]);
		expect(found[0]?.remedy).toMatch(/\.$/);
	});

	it('are whole words: an issue is no suit, a courtesy no court', () => {
		expect(codes('We pursue this issue with courtesy; ask about our salesperson.')).toEqual([]);
	});

	it('are found once, however often they stand there', () => {
		expect(codes('Act now. Act now.')).toEqual(['urgency']);
	});
});

describe('words of care', () => {
	it.each<[Channel, string[]]>([
		['sms', ['health', 'opt_out_missing']],
		['voice', ['health']],
		['email', ['health', 'opt_out_missing']],
		['fax', ['health']],
		['letter', []],
		['portal', []],
	])('by %s', (channel, expected) => {
		expect(codes('About your allergy shots.', { channel })).toEqual(expected);
	});

	it('in Spanish', () => {
		expect(codes('Sobre su tratamiento de asma.', { channel: 'voice', language: 'es' })).toEqual(['health', 'health']);
	});

	it('show in the name a practice signs with', () => {
		expect(revealingName('Desert Allergy Clinic')).toBe('Allergy');
		expect(revealingName('Clínica del Asma')).toBe('Asma');
		expect(revealingName('Main Office')).toBeUndefined();
	});
});

describe('what depends on who sends, to whom and when', () => {
	it('only the last step may call itself the last', () => {
		expect(codes('This is the final notice.', { message: 'reminder_3' })).toEqual([]);
		expect(codes('This is the final notice.', { message: 'reminder_2' })).toEqual(['final_notice']);
		expect(codes('This is the final notice.', { policy: { ...DEFAULT_POLICY, milestones: [] } })).toEqual(['final_notice']);
	});

	it('a call, a voicemail and a fax do not say that it is about money', () => {
		for (const part of ['text', 'voicemail'] as const)
			expect(lintWords(part, 'You have an unpaid bill of $50.', context({ channel: 'voice' })).map(({ code, text }) => [code, text])).toEqual([
				['revealed', 'unpaid'],
				['revealed', 'bill'],
				['revealed', '$50'],
			]);
		expect(codes('Llame por su saldo.', { channel: 'fax', language: 'es' })).toEqual(['revealed']);
		expect(codes('Please call us back.', { channel: 'voice' })).toEqual([]);
		expect(codes('Your bill is ready.', { channel: 'email' })).not.toContain('revealed');
	});

	it('what a law bans is banned wherever the reader lives', () => {
		const banned = new Set(PACKS.flatMap((pack) => pack.parameters.flatMap((rule) => (rule.kind === 'ban' ? [rule.topic] : []))));
		expect([...banned].sort()).toEqual(Object.keys(BANNED).sort());
		for (const [text, code, over] of Object.values(BANNED)) expect(codes(text, over)).toContain(code);
	});

	it('nobody says overdue before the law does, and a servicer never', () => {
		expect(codes('Your bill is past due.')).toEqual([]);
		expect(codes('Your bill is past due.', { lateByLaw: false })).toEqual(['overdue']);
		expect(codes('Your bill is past due.', { policy: { ...DEFAULT_POLICY, role: 'servicer' } })).toEqual(['overdue']);
		expect(codes('Su cuenta está vencida.', { lateByLaw: false, language: 'es' })).toEqual(['overdue']);
	});

	it('a text message and an e-mail say how to stop them', () => {
		expect(codes('Pay here.', { channel: 'sms' })).toEqual(['opt_out_missing']);
		expect(codes('Reply STOP to opt out.', { channel: 'sms' })).toEqual([]);
		expect(codes('Responda STOP para darse de baja.', { channel: 'sms', language: 'es' })).toEqual([]);
		expect(codes('Stop these e-mails: https://x.example/u', { channel: 'email' })).toEqual([]);
		expect(codes('You will get no more texts.', { channel: 'sms', message: 'insurance_update' })).toEqual(['opt_out_missing']);
		expect(lintWords('subject', 'A message', context({ channel: 'email' }))).toEqual([]);
	});

	it('a text is no harder to read than the policy allows; a subject line and a few words have no grade', () => {
		const hard =
			'Notwithstanding previously communicated correspondence, outstanding obligations necessitate timely remittance through electronically authenticated facilities provided hereunder.';
		expect(lintWords('text', hard, context())).toMatchObject([{ code: 'reading_grade', weight: 'block', text: expect.stringMatching(/^grade \d+/) }]);
		expect(lintWords('subject', hard, context())).toEqual([]);
		expect(codes('Notwithstanding correspondence previously communicated.')).toEqual([]);
		expect(codes('This is a reminder that an amount is due now. You can pay it here.')).toEqual([]);
	});
});

describe('the filled-in text', () => {
	const filled = (text: string, channel: Channel = 'sms', most = 2) =>
		lintFilled('text', text, { channel, policy: { ...DEFAULT_POLICY, content: { ...DEFAULT_POLICY.content, max_segments: most } } }).map(
			({ code, text: words, weight }) => [code, words, weight],
		);

	it('has no open field and is not empty', () => {
		expect(filled('You owe {{ amount }}.')).toEqual([['field', '{{ amount }}', 'block']]);
		expect(filled('{% if x %}', 'letter')).toEqual([['field', '{% if x %}', 'block']]);
		expect(filled('  ', 'letter')).toEqual([['empty', '', 'block']]);
	});

	it('takes no more parts than the policy allows', () => {
		expect(filled('a'.repeat(307))).toEqual([['segments', '3 parts in GSM-7', 'block']]);
		expect(filled('a'.repeat(306))).toEqual([]);
		expect(filled('a'.repeat(161), 'sms', 1)).toEqual([['segments', '2 parts in GSM-7', 'block']]);
		expect(filled('a'.repeat(400), 'email')).toEqual([]);
	});

	it('says which letter made it longer', () => {
		expect(filled('Más')).toEqual([['encoding', 'UCS-2 because of á', 'advice']]);
		expect(filled('á'.repeat(135))).toEqual([['segments', '3 parts in UCS-2 because of á', 'block']]);
	});
});
