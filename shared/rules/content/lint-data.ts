/**
 * What must not stand in a message to a patient, as words in English and Spanish. A closed list: a finding travels by its
 * code. Owner: compliance. Reviewed 2026-11-24.
 * Sources: NY Public Health Law art. 49-A, Cal. Civ. Code 1785.27, C.R.S. 5-16-107 (no word of credit reports); 15 USC
 * 1692e(4)-(5) and 940 CMR 7.04 (no threat that is not meant); 45 CFR 164.502(b) (minimum); 15 USC 7702(17) (nothing that
 * sells); 12 CFR 1006.6(e) (a way to opt out); HFMA Patient Friendly Billing (no estimates).
 */
import type { Language } from './language.ts';

/** A pattern is matched without regard to case, as whole words. */
export interface WordFinding {
	code: string;
	remedy: string;
	patterns: Record<Language, string>;
}

export const WORD_FINDINGS: readonly WordFinding[] = [
	{
		code: 'credit_report',
		remedy: 'Leave out every word of credit reports: several states forbid it, and nothing here is reported.',
		patterns: {
			en: 'credit[- ](?:report\\w*|scores?|bureaus?|rating|history|file|agenc(?:y|ies))|equifax|experian|transunion',
			es: '(?:informes?|reportes?|historial|puntaje|puntuación|bur[oó]|agencias?) (?:de |del )?cr[eé]dito|crediticio|equifax|experian|transunion',
		},
	},
	{
		code: 'threat',
		remedy: 'Say what is due and how you can help. A message must not threaten or shame.',
		patterns: {
			en: 'collections?|collectors?|collection agency|or else|consequences?|no choice but|be forced to|arrest\\w*|police|refuse (?:to see|care|service)|deny (?:you )?care|dismissed? (?:you|as a patient)|deadbeat|asham\\w+|shame\\w*|embarrass\\w*|irresponsible|your employer',
			es: 'cobranzas?|agencia de cobros?|cobradores|consecuencias?|nos veremos obligad[oa]s|arrest\\w*|polic[ií]a|negarle (?:la )?atención|vergüenza|irresponsable|su empleador|su patrón',
		},
	},
	{
		code: 'legal',
		remedy: 'Leave legal words to letters of an attorney: a reminder must not sound like one.',
		patterns: {
			en: 'legal action|sue[ds]?|lawsuits?|courts?|judges?|judgments?|attorneys?|lawyers?|garnish\\w*|liens?|subpoena\\w*|summons|prosecut\\w*|statutes?',
			es: 'acción legal|acciones legales|demandar\\w*|demanda judicial|tribunal(?:es)?|corte|juez|juicio|abogad[oa]s?|embarg\\w*|gravamen|citatorio|enjuiciar\\w*',
		},
	},
	{
		code: 'marketing',
		remedy: 'Leave out what sells: a message about a balance stays one about a balance.',
		patterns: {
			en: 'special offers?|discounts?|coupons?|promo(?:tion\\w*)?|sale|deals?|save \\d+ ?%|\\d+ ?% off|free trial|buy now|limited[- ]time|new patients?|refer a friend',
			es: 'ofertas?|descuentos?|cupon(?:es)?|cupón|promoción|promociones|rebajas?|ahorre|tiempo limitado|compre ahora|recomiende',
		},
	},
	{
		code: 'estimate',
		remedy: 'Name only an amount that is final. An estimate is not a bill.',
		patterns: {
			en: 'estimat\\w+|approximate\\w*|approx\\.?|about \\$|up to \\$|roughly|may owe|might owe',
			es: 'estimad[oa]s?|estimación|estimaciones|aproximad\\w+|alrededor de \\$|hasta \\$|quizá deba|podría deber',
		},
	},
	{
		code: 'urgency',
		remedy: 'Give a date or nothing: pressure is for scams, and patients take it for one.',
		patterns: {
			en: 'act now|urgent\\w*|immediate\\w*|right away|last chance|final warning|within \\d+ hours|do not ignore|don.t ignore|\\S+!{2,}',
			es: 'actúe ya|urgente\\w*|inmediat\\w+|de inmediato|última oportunidad|última advertencia|en \\d+ horas|no ignore|\\S+!{2,}',
		},
	},
];

/** Said of a real last step only. */
export const FINAL_NOTICE: Record<Language, string> = {
	en: '(?:final|last) (?:notice|reminder)|final statement',
	es: '(?:último|última|aviso) (?:aviso|recordatorio|final|cuenta)|recordatorio final',
};

/** What kind of care it was, or what for: never where others may read it. */
export const HEALTH: Record<Language, string> = {
	en: 'diagnos\\w+|icd-?10|cpt|allerg\\w+|asthma\\w*|immunotherap\\w+|injections?|allergy shots?|vaccin\\w+|lab (?:tests?|results?)|test results?|blood work|x-?rays?|surger(?:y|ies)|procedures?|prescriptions?|medications?|therap\\w+|treatments?|pregnan\\w+|cancer|hiv|diabet\\w+|depress\\w+|mental health|substance use|hospice|home care|home health|wound\\w*|symptoms?|date of service|your (?:visit|appointment|exam|procedure) (?:on|of)',
	es: 'diagn[oó]stic\\w+|cie-?10|cpt|alergi\\w+|al[eé]rgic\\w+|asma\\w*|inmunoterapia\\w*|inyeccion(?:es)?|inyección|vacun\\w+|an[aá]lisis|resultados de|laboratorio|radiograf[ií]as?|cirug[ií]as?|procedimientos?|recetas?|medicamentos?|medicinas?|terapias?|tratamientos?|embaraz\\w+|c[aá]ncer|vih|diabet\\w+|depresi[oó]n|salud mental|hospicio|cuidados? en casa|s[ií]ntomas?|fecha de(?:l)? servicio|su (?:visita|cita|examen) del',
};

/** What a machine that others listen to, or a page that others pick up, must not give away: that it is about money (12 CFR 1006.2(j), 940 CMR 7.05). */
export const REVEALED: Record<Language, string> = {
	en: 'bill(?:s|ed|ing)?|balances?|ow(?:e|es|ed|ing)|debts?|payments?|pay|paid|unpaid|due|amounts?|invoices?|statements?|\\$ ?\\d+(?:[,.]\\d+)*',
	es: 'cuentas?|facturas?|saldos?|deudas?|debe|adeuda\\w*|pagos?|pagar|pague|pagad[oa]s?|vence\\w*|importes?|cantidad(?:es)?|\\$ ?\\d+(?:[,.]\\d+)*',
};

/** Words that call a debt late: not before the law says so, and never by a servicer, whom they would make a collector (15 USC 1692a(6)(F)(iii)). */
export const OVERDUE: Record<Language, string> = {
	en: 'overdue|delinquen\\w+|past[- ]due|in default|defaulted|in arrears|late payment',
	es: 'vencid[oa]s?|atrasad[oa]s?|moros[oa]s?|en mora|mora|incumplimiento|incumplid[oa]s?',
};

/** By one of these a reader can stop the channel. */
export const OPT_OUT: Record<'sms' | 'email', Record<Language, string>> = {
	sms: { en: '(?:reply|text|send) stop', es: '(?:responda|envíe|mande|conteste)(?: con)? (?:stop|alto)' },
	email: { en: 'stop these e-?mails|unsubscribe|opt out', es: 'no recibir más|darse de baja|cancelar (?:la )?suscripción' },
};

/** Shared domains that carriers filter and patients rightly fear. */
export const SHORTENERS: readonly string[] = [
	'adf.ly',
	'bit.do',
	'bit.ly',
	'bitly.com',
	'bl.ink',
	'buff.ly',
	'cutt.ly',
	'goo.gl',
	'is.gd',
	'lnkd.in',
	'ow.ly',
	'rb.gy',
	'rebrand.ly',
	's.id',
	'short.io',
	'shorturl.at',
	'soo.gd',
	't.co',
	't.ly',
	'tiny.cc',
	'tinyurl.com',
	'v.gd',
];
