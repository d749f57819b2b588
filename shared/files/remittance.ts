/** Reader of X12 835 remittance files: one for a file at hand and for one that flows in. */
import type { ClaimFact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import { formatMoney } from '../contracts/money.ts';
import { PREDETERMINATION } from '../rules/denials/lines.ts';
import { netClaims } from '../rules/denials/netting.ts';
import { fileDecoder } from './decode.ts';
import type { FileProblem, RemittancePayment, RemittanceReading, RemittanceSummary, RemittanceTotals } from './reading.ts';
import { claimFact, isNumbered, unnumbered } from './remittance/facts.ts';
import { Notes } from './remittance/notes.ts';
import { HANDLERS } from './remittance/segments.ts';
import { newState, type ProviderAdjustment, type RawClaim, type Sink, type State } from './remittance/state.ts';
import { paymentOf, summarize, totals } from './remittance/summary.ts';
import { brokenAt, type SegmentReader, segmentReader } from './x12.ts';

export interface RemittanceOptions {
	/** ISO 8601 instant; facts without a date of their own are known since then. */
	now: string;
}

/**
 * Reads all interchanges of a file; reversals become one with their corrected claims.
 *
 * A file whose structure or amounts can not be understood is refused whole, because half a remittance would make
 * paid claims look unpaid. The standard's balancing rules refuse nothing: claims of a payment that does not balance
 * are right more often than not, and a refused file would leave paid claims unpaid. A claim that does not balance is
 * recorded, named by its position, and its lines wait for staff as `pending`: nothing of it is asked of the patient.
 * @throws Failure `invalid`, naming segment, position and element.
 */
export function readRemittance(text: string, options: RemittanceOptions): RemittanceReading {
	const claims: RawClaim[] = [];
	const adjustments: ProviderAdjustment[] = [];
	const payments: RemittancePayment[] = [];
	const { state, reader } = open({
		claim: (claim) => claims.push(claim),
		adjustment: (adjustment) => adjustments.push(adjustment),
		payment: (transaction) => payments.push(paymentOf(transaction)),
	});
	reader.push(text);
	close(state, reader);
	const standing = claims.filter(({ status }) => status !== PREDETERMINATION);
	const netted = netClaims(standing.filter(isNumbered));
	for (const position of netted.repeated) state.notes.add('repeated_claim', position);
	const facts = netted.claims.map((claim) => claimFact(state, claim, options.now));
	const summary = summarize(state, facts, netted.nettedReversals, adjustments, payments);
	return {
		kind: 'remittance',
		facts,
		problems: standing.filter((claim) => !isNumbered(claim)).map(unnumbered),
		warnings: [...state.notes.sentences(), ...adjustmentSentence(summary)],
		summary,
	};
}

/** Somebody has to post these by hand, and nothing else of the import shows them. */
function adjustmentSentence({ currency, providerAdjustmentsByCode }: RemittanceSummary): string[] {
	if (providerAdjustmentsByCode.length === 0) return [];
	const parts = providerAdjustmentsByCode.map(
		({ code, meaning, amountMinor }) => `${code} (${meaning}) ${amountMinor < 0 ? 'adds' : 'takes off'} ${formatMoney(Math.abs(amountMinor), currency)}`,
	);
	return [`Provider-level adjustments (PLB) change what was paid and are no patient's: ${parts.join(', ')}.`];
}

/** What flows out of a file, in its order. A payment comes behind its claims, when its transaction has ended. */
export type RemittanceItem =
	| { kind: 'claim'; position: number; fact: ClaimFact }
	| { kind: 'problem'; problem: FileProblem }
	| { kind: 'payment'; payment: RemittancePayment };

export interface RemittanceEnd extends RemittanceTotals {
	/** Whole sentences about the file; nothing was left out because of them. */
	warnings: string[];
}

/** No piece holds more than this at once, however large those are that come in. */
const PIECE = 65_536;

/**
 * Reads a file as it comes, in bytes or text; what it holds does not grow with the file. Claims come as the file has
 * them: a reversal (status 22) as a reversal, and its corrected claim behind it, for the ledger to apply in order.
 * What came before a failure is void, so it belongs into one transaction. Returns totals and warnings at the end.
 * @throws Failure `invalid`, naming segment, position and element.
 */
export async function* streamRemittance(
	pieces: AsyncIterable<Uint8Array | string>,
	options: RemittanceOptions,
): AsyncGenerator<RemittanceItem, RemittanceEnd, undefined> {
	let items: RemittanceItem[] = [];
	const { state, reader } = open({
		claim: (claim) => {
			if (claim.status !== PREDETERMINATION) items.push(itemOf(state, claim, options.now));
		},
		adjustment: () => undefined,
		payment: (transaction) => items.push({ kind: 'payment', payment: paymentOf(transaction) }),
	});
	const decoder = fileDecoder();
	for await (const piece of pieces) {
		const text = decoder.decode(piece);
		for (let at = 0; at < text.length; at += PIECE) {
			reader.push(text.slice(at, at + PIECE));
			const ready = items;
			items = [];
			for (const item of ready) yield item;
		}
	}
	reader.push(decoder.end());
	close(state, reader);
	for (const item of items) yield item;
	return { ...totals(state), warnings: state.notes.sentences() };
}

const itemOf = (state: State, claim: RawClaim, now: string): RemittanceItem =>
	isNumbered(claim) ? { kind: 'claim', position: claim.position, fact: claimFact(state, claim, now) } : { kind: 'problem', problem: unnumbered(claim) };

const WANTED: ReadonlySet<string> = new Set(Object.keys(HANDLERS));

function open(sink: Sink): { state: State; reader: SegmentReader } {
	const state = newState(sink, new Notes());
	const reader = segmentReader(WANTED, (id, elements, position, delimiters) => {
		if (state.transaction) state.transaction.segments++;
		if (state.foreign !== undefined && id !== 'SE' && id !== 'ST') return;
		HANDLERS[id]?.(state, elements, position, delimiters);
	});
	return { state, reader };
}

function close(state: State, reader: SegmentReader): void {
	reader.end();
	const started = state.transaction;
	if (started) throw brokenAt('ST', started.position, 'starts a transaction that never ends: the file is cut off, SE is missing.');
	if (state.transactions === 0) {
		throw new Failure('invalid', 'The file holds no remittance: there is no ST*835 in it. Upload the 835 (ERA), not another kind of X12 file.', {
			code: 'not_835',
		});
	}
}
