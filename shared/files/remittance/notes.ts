/** What is odd about a file without keeping anything of it from being read. One mistake of a payer stands in every claim: one sentence for all. */

const SENTENCES = {
	wrong_segment_count: 'SE counts another number of segments than the transaction has; the file was read to the end all the same',
	wrong_control_number: 'SE names another control number than its ST',
	wrong_group_count: 'GE counts another number of transactions than the group has',
	wrong_interchange_count: 'IEA counts another number of groups than the interchange has',
	not_835: 'Transactions that are not an 835 were passed over',
	unbalanced_payment: 'Claims less provider adjustments are not the amount that was paid (BPR02); post this payment by hand',
	unbalanced_claim: 'Claims whose charge less adjustments is not what was paid (CLP03, CAS, CLP04) wait for staff: nothing of them is asked of the patient',
	unbalanced_line: 'Lines whose charge less adjustments is not what was paid (SVC02, CAS, SVC03); their claims wait for staff',
	staff_release:
		'Amounts that the payer put on the patient for another reason than deductible, coinsurance or copay are asked of nobody until staff release them',
	unknown_status: 'Claims with a status (CLP02) we do not know are held as pending',
	unknown_group: 'Adjustments with a group we do not know were read as OA',
	impossible_date: 'Dates that do not exist were left unknown',
	repeated_claim: 'Claims that share claim number and payer claim number, without a reversal, were all kept',
	with_invoice: 'Claim numbers (CLP01) with a dash were read as account number and invoice number',
} as const;

export type NoteKind = keyof typeof SENTENCES;

/** Somebody must find these by hand, so each is named; the others only need an example. */
const NAME_ALL: ReadonlySet<NoteKind> = new Set(['unbalanced_payment', 'unbalanced_claim', 'unbalanced_line']);
const SHOWN = 5;
/** A file in which everything is wrong must not become a page of numbers, nor fill the memory. */
const MOST_NAMED = 500;

export class Notes {
	#found = new Map<NoteKind, { count: number; positions: number[] }>();

	add(kind: NoteKind, position: number): void {
		const found = this.#found.get(kind);
		if (found === undefined) {
			this.#found.set(kind, { count: 1, positions: [position] });
			return;
		}
		found.count++;
		if (found.positions.length < (NAME_ALL.has(kind) ? MOST_NAMED : SHOWN)) found.positions.push(position);
	}

	/** Whole sentences, always in the same order. */
	sentences(): string[] {
		return Object.entries(SENTENCES).flatMap(([kind, sentence]) => {
			const found = this.#found.get(kind as NoteKind);
			if (found === undefined) return [];
			const more = found.count - found.positions.length;
			return [`${sentence} (segment ${found.positions.join(', ')}${more > 0 ? ` and ${more} more` : ''}).`];
		});
	}
}
