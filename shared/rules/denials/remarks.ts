/** What the remark codes beside an adjustment add to it. */
import type { DenialCategory } from './categories.ts';
import { RARC_TABLE, type RarcRow, type RemarkEffect } from './rarc-data.ts';

const BY_CODE: ReadonlyMap<string, RarcRow> = new Map(RARC_TABLE.map((row) => [row.code, row]));

export const remarkRow = (code: string): RarcRow | undefined => BY_CODE.get(code);

const has = (remarks: readonly string[], effect: RemarkEffect): boolean => {
	for (const remark of remarks) if (BY_CODE.get(remark)?.effect === effect) return true;
	return false;
};

/** The patient is a Qualified Medicare Beneficiary: federal law forbids billing the cost share (42 U.S.C. 1396a(n)(3)(B)). */
export const isQmbRemark = (remarks: readonly string[]): boolean => has(remarks, 'qmb');

/** The payer has passed the claim on to the next one. (MA19 says that it has not.) */
export const isForwardedRemark = (remarks: readonly string[]): boolean => has(remarks, 'forwarded');

/** MA130: unprocessable, without appeal rights; only a corrected claim helps. */
export const isUnprocessable = (remarks: readonly string[]): boolean => has(remarks, 'unprocessable');

/** The first queue that a remark names, where the reason code leaves it to the remark. */
export function remarkCategory(remarks: readonly string[]): DenialCategory | undefined {
	for (const remark of remarks) {
		const category = BY_CODE.get(remark)?.category;
		if (category !== undefined) return category;
	}
	return undefined;
}
