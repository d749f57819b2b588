/** Until when a denial can be mended, by the rule of its payer. No rule, no date. */
import type { Policy } from '../../contracts/policy.ts';
import { dayNumber, dayText } from '../calendar.ts';
import { denialQueue } from './categories.ts';

export type PayerRule = Policy['claims']['payers'][number];

/**
 * A payer rule with this short name that leaves out days takes Medicare's own: a claim is filed within one calendar
 * year of the day of service (42 CFR 424.44), a redetermination asked for within 120 days of receipt (42 CFR
 * 405.942); receipt is presumed 5 days after the remittance, which the rule says by `receipt_days`. A claim that
 * Medicare refused as filed too late has no appeal right.
 */
export const MEDICARE_RULE = 'medicare_ffs';
const MEDICARE_APPEAL_DAYS = 120;

export interface DenialDates {
	/** As the remittance names it. */
	payer: string;
	/** A key of DENIAL_CATEGORIES. */
	category: string;
	/** Day of the remittance or acknowledgement, YYYY-MM-DD. */
	remittedOn: string;
	/** First day of service, YYYY-MM-DD; without it there is no filing deadline. */
	serviceOn?: string | undefined;
	/** MA130, or rejected before adjudication (277CA): nothing was decided, so there is nothing to appeal. */
	unprocessable?: boolean;
}

export interface Deadline {
	/** file: the last day to send the claim, corrected too. appeal: the last day to ask for a first review. */
	kind: 'file' | 'appeal';
	/** The last day, YYYY-MM-DD. A calendar day: weekends and closures do not move it. */
	on: string;
	/** Short name of the payer rule it follows from, and where that says so. */
	rule: string;
	source: string;
}

export interface Deadlines {
	file?: Deadline;
	appeal?: Deadline;
	/** The one that the category's remedy has to keep; of two the earlier. */
	next?: Deadline;
}

/** Blanks and capitals do not tell payers apart: files of one payer differ in both. */
const nameKey = (payer: string): string => payer.replace(/\s/g, '').toUpperCase();

/** The first rule that names the payer; else the first for any other (`*`). */
export function payerRule(rules: readonly PayerRule[], payer: string): PayerRule | undefined {
	const key = nameKey(payer);
	return rules.find((rule) => rule.payer !== '*' && nameKey(rule.payer) === key) ?? rules.find((rule) => rule.payer === '*');
}

/** Dates that are none give no deadline. */
export function denialDeadlines(rules: readonly PayerRule[], dates: DenialDates): Deadlines {
	const rule = payerRule(rules, dates.payer);
	if (rule === undefined) return {};
	const file = deadline('file', rule, fileDay(rule, dates.serviceOn));
	const appeal = mayAppeal(rule, dates) ? deadline('appeal', rule, appealDay(rule, dates.remittedOn)) : undefined;
	const next = nextOf(file, appeal, dates);
	return { ...(file ? { file } : {}), ...(appeal ? { appeal } : {}), ...(next ? { next } : {}) };
}

const deadline = (kind: Deadline['kind'], { id, source }: PayerRule, on: string | undefined): Deadline | undefined =>
	on === undefined ? undefined : { kind, on, rule: id, source };

const mayAppeal = (rule: PayerRule, { category, unprocessable }: DenialDates): boolean =>
	unprocessable !== true && !(category === 'late' && rule.id === MEDICARE_RULE);

function fileDay({ id, file_days }: PayerRule, serviceOn: string | undefined): string | undefined {
	if (serviceOn === undefined) return undefined;
	if (file_days !== undefined) return daysAfter(serviceOn, file_days);
	return id === MEDICARE_RULE ? yearAfter(serviceOn) : undefined;
}

function appealDay({ id, appeal_days, receipt_days }: PayerRule, remittedOn: string): string | undefined {
	const days = appeal_days ?? (id === MEDICARE_RULE ? MEDICARE_APPEAL_DAYS : undefined);
	return days === undefined ? undefined : daysAfter(remittedOn, receipt_days + days);
}

function nextOf(file: Deadline | undefined, appeal: Deadline | undefined, { category, unprocessable }: DenialDates): Deadline | undefined {
	const { remedy } = denialQueue(category);
	if (remedy === 'none') return undefined;
	if (unprocessable === true || remedy === 'resubmit') return file ?? appeal;
	if (remedy === 'appeal') return appeal;
	return file && appeal ? (file.on <= appeal.on ? file : appeal) : (file ?? appeal);
}

function daysAfter(day: string, days: number): string | undefined {
	const number = dayNumber(day);
	return Number.isNaN(number) ? undefined : dayText(number + days);
}

/** The same day of the next year; of 29 February the 28th, so that the date is never late. */
function yearAfter(day: string): string | undefined {
	if (Number.isNaN(dayNumber(day))) return undefined;
	const same = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
	return Number.isNaN(dayNumber(same)) ? `${same.slice(0, 8)}28` : same;
}
