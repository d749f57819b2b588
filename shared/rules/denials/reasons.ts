/** What an adjustment of a claim means: its reason code read together with its group, on a day. */
import type { Adjustment } from '../../contracts/facts.ts';
import { CARC_TABLE, type CarcRow, REPORTING_ONLY } from './carc-data.ts';
import { DENIAL_CATEGORIES, type DenialCategory, type PatientMessage } from './categories.ts';

/** What the payer did with the amount. `denial` is work for staff; `contractual` and `reporting` are nobody's work. */
export type AdjustmentClass = 'patient' | 'contractual' | 'denial' | 'pending' | 'reporting';

export interface AdjustmentReason {
	code: string;
	group: Adjustment['group'];
	/** In the table, and in force on the day asked for. */
	known: boolean;
	/** What it means, in our words. */
	label: string;
	class: AdjustmentClass;
	category: DenialCategory;
	patient: PatientMessage;
	/** What staff do next, one sentence. */
	next: string;
	/** First and last day it is in force; absent: open. */
	from?: string;
	to?: string;
}

export const ADJUSTMENT_GROUPS = ['CO', 'PR', 'OA', 'PI', 'CR'] as const satisfies readonly Adjustment['group'][];

const CLASS_OF: Partial<Record<DenialCategory, AdjustmentClass>> = { patient: 'patient', contractual: 'contractual', pending: 'pending' };

/** PR-1, PR-2, PR-3: the only amounts that are the patient's to pay without anybody looking. */
export const isPatientShare = (group: string, code: string): boolean => group === 'PR' && (code === '1' || code === '2' || code === '3');

/** CO-45 and OA-23: the fee schedule, and what an earlier payer did. On their own they refuse nothing. */
export const isOrdinary = (group: string, code: string): boolean => (group === 'CO' && code === '45') || (group === 'OA' && code === '23');

/** The group outranks the code: CO is never the patient's, and PR with a denial code is only after staff say so. */
function forGroup(row: CarcRow, group: Adjustment['group'], known = true): AdjustmentReason {
	const category = categoryFor(row, group);
	const { patient, next } = DENIAL_CATEGORIES[category];
	return {
		code: row.code,
		group,
		known,
		label: row.meaning,
		class: classFor(row, group),
		category,
		patient: patientFor(patient, group),
		next: (category === row.category ? row.next : undefined) ?? next,
		...(row.from === undefined ? {} : { from: row.from }),
		...(row.to === undefined ? {} : { to: row.to }),
	};
}

function classFor({ code, category }: CarcRow, group: Adjustment['group']): AdjustmentClass {
	if (REPORTING_ONLY.has(code) && group !== 'PR') return 'reporting';
	const own = CLASS_OF[category] ?? 'denial';
	return own === (group === 'PR' ? 'contractual' : 'patient') ? 'denial' : own;
}

function categoryFor({ category }: CarcRow, group: Adjustment['group']): DenialCategory {
	if (group === 'PR') return category === 'contractual' ? 'review' : category;
	return category === 'patient' ? 'unclassified' : category;
}

function patientFor(patient: PatientMessage, group: Adjustment['group']): PatientMessage {
	if (group === 'PR') return patient === 'never' ? 'review' : patient;
	return patient === 'ask_insurance' ? patient : 'never';
}

const BY_GROUP: Readonly<Record<Adjustment['group'], ReadonlyMap<string, AdjustmentReason>>> = {
	CO: tableFor('CO'),
	PR: tableFor('PR'),
	OA: tableFor('OA'),
	PI: tableFor('PI'),
	CR: tableFor('CR'),
};

/** A row of the group's own stands behind the one for all groups and so replaces it. */
function tableFor(group: Adjustment['group']): Map<string, AdjustmentReason> {
	const table = new Map<string, AdjustmentReason>();
	for (const own of [false, true]) {
		for (const row of CARC_TABLE) {
			if (own ? row.group === group : row.group === undefined) table.set(row.code, forGroup(row, group));
		}
	}
	return table;
}

/**
 * A code we do not know, or that was not in force on the day `on` (YYYY-MM-DD; absent: whenever), is
 * `unclassified` and counts as a denial: staff look at it, the patient hears nothing. Never throws.
 */
export function adjustmentReason(group: Adjustment['group'], code: string, on?: string): AdjustmentReason {
	const found = BY_GROUP[group].get(code);
	if (found !== undefined && (on === undefined || inForce(found, on))) return found;
	return forGroup({ code, meaning: found === undefined ? 'Not in our table' : 'Not in force on that day', category: 'unclassified' }, group, false);
}

/** Days as YYYY-MM-DD compare as text. */
const inForce = ({ from, to }: { from?: string; to?: string }, on: string): boolean => (from === undefined || from <= on) && (to === undefined || on <= to);
