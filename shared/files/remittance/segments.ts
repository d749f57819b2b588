/** What each segment of an 835 (005010X221A1; 4010 files read alike) says. */
import type { Adjustment } from '../../contracts/facts.ts';
import { isKnownStatus, PREDETERMINATION } from '../../rules/denials/lines.ts';
import { x12Date, x12Instant } from '../dates.ts';
import { brokenAt, type Delimiters } from '../x12.ts';
import { type Elements, inClaim, inTransaction, money, type RawClaim, type RawLine, type State, type Transaction } from './state.ts';

export type Handler = (state: State, elements: Elements, position: number, delimiters: Delimiters) => void;

export const HANDLERS: Readonly<Record<string, Handler>> = {
	ISA(state, elements) {
		state.interchange = (elements[13] ?? '').trim();
		state.groupsInInterchange = 0;
	},
	GS(state, elements) {
		state.groupAsOf = x12Instant(elements[4] ?? '', elements[5] ?? '');
		state.transactionsInGroup = 0;
		state.groupsInInterchange++;
	},
	ST: startTransaction,
	BPR(state, elements, position) {
		const transaction = inTransaction(state, 'BPR', position);
		const paid = money(state, 'BPR', 2, elements, position);
		transaction.amountMinor = elements[3] === 'D' ? -paid : paid;
		if (elements[4]) transaction.method = elements[4];
		const date = x12Date(elements[16] ?? '');
		if (date !== undefined) transaction.date = date;
	},
	TRN(state, elements, position) {
		const trace = elements[2]?.trim();
		if (trace) inTransaction(state, 'TRN', position).trace = trace;
	},
	CUR(state, elements, position) {
		const currency = elements[2]?.trim().toUpperCase();
		if (currency) inTransaction(state, 'CUR', position).currency = currency;
	},
	N1(state, elements, position) {
		if (elements[1] !== 'PR' || state.claim) return;
		inTransaction(state, 'N1', position).payer = elements[2]?.trim() || elements[4]?.trim() || 'Unknown payer';
	},
	DTM: readDate,
	CLP: startClaim,
	NM1(state, elements) {
		if (elements[1] === 'TT' && state.claim) state.claim.forwarded = true;
	},
	MIA: remarksAt([5, 20, 21, 22, 23]),
	MOA: remarksAt([3, 4, 5, 6, 7]),
	LQ(state, elements, position) {
		const claim = inClaim(state, 'LQ', position);
		if (elements[1] === 'HE' && elements[2]) (state.line ?? claim).remarks.push(elements[2].trim());
	},
	CAS: readAdjustments,
	SVC: startLine,
	PLB: readProviderAdjustments,
	SE: endTransaction,
	GE(state, elements, position) {
		if (Number(elements[1]) !== state.transactionsInGroup) state.notes.add('wrong_group_count', position);
	},
	IEA(state, elements, position) {
		if (Number(elements[1]) !== state.groupsInInterchange) state.notes.add('wrong_interchange_count', position);
	},
};

function startTransaction(state: State, elements: Elements, position: number): void {
	if (state.transaction) throw brokenAt('ST', position, `starts before the transaction of segment ${state.transaction.position} ended: SE is missing.`);
	state.transactionsInGroup++;
	const type = elements[1] ?? '';
	state.foreign = type === '835' ? undefined : type;
	if (state.foreign === undefined) state.transactions++;
	else state.notes.add('not_835', position);
	state.transaction = newTransaction(state, elements[2]?.trim() ?? '', position);
}

const newTransaction = (state: State, control: string, position: number): Transaction => ({
	position,
	control,
	segments: 1,
	interchange: state.interchange,
	currency: 'USD',
	amountMinor: 0,
	payer: 'Unknown payer',
	claimsMinor: 0,
	adjustmentsMinor: 0,
	adjustments: new Map(),
	...(state.groupAsOf === undefined ? {} : { asOf: state.groupAsOf }),
});

function endTransaction(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'SE', position);
	endClaim(state);
	if (Number(elements[1]) !== transaction.segments) state.notes.add('wrong_segment_count', position);
	if ((elements[2]?.trim() ?? '') !== transaction.control) state.notes.add('wrong_control_number', position);
	if (state.foreign === undefined) {
		if (!isPaymentBalanced(transaction)) state.notes.add('unbalanced_payment', transaction.position);
		state.sink.payment(transaction);
	}
	state.transaction = undefined;
	state.foreign = undefined;
}

/** BPR02 is the sum of CLP04 less provider-level adjustments. */
export const isPaymentBalanced = ({ claimsMinor, adjustmentsMinor, amountMinor }: Transaction): boolean => claimsMinor - adjustmentsMinor === amountMinor;

/** The claim is complete when the next one, the provider level or the end of the transaction begins. */
function endClaim(state: State): void {
	const { claim } = state;
	state.claim = undefined;
	state.line = undefined;
	if (claim) state.sink.claim(claim);
}

function startClaim(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'CLP', position);
	endClaim(state);
	const status = elements[2]?.trim() ?? '';
	if (status === '') throw brokenAt('CLP', position, 'has no claim status (CLP02).');
	state.currency ??= transaction.currency;
	if (state.currency !== transaction.currency)
		throw brokenAt('CLP', position, 'is in another currency than the claims before it; amounts of two currencies are not added.');
	const claim: RawClaim = {
		transaction,
		position,
		number: elements[1]?.trim() ?? '',
		status,
		chargeMinor: money(state, 'CLP', 3, elements, position),
		paidMinor: money(state, 'CLP', 4, elements, position),
		adjustments: [],
		remarks: [],
		forwarded: false,
		lines: [],
	};
	// CLP05 is often blank and is the sum of PR anyway; it is only looked at to refuse what is no amount.
	if (elements[5]?.trim()) money(state, 'CLP', 5, elements, position);
	const payerClaim = elements[7]?.trim();
	if (payerClaim) claim.payerClaim = payerClaim;
	if (!isKnownStatus(status)) state.notes.add('unknown_status', position);
	count(state, claim);
	state.claim = claim;
}

function count(state: State, { status, chargeMinor, paidMinor, transaction }: RawClaim): void {
	state.claims++;
	if (status === PREDETERMINATION) state.predeterminations++;
	state.chargeMinor += chargeMinor;
	state.paidMinor += paidMinor;
	transaction.claimsMinor += paidMinor;
}

function startLine(state: State, elements: Elements, position: number, delimiters: Delimiters): void {
	const claim = inClaim(state, 'SVC', position);
	const line: RawLine = {
		position,
		chargeMinor: money(state, 'SVC', 2, elements, position),
		paidMinor: elements[3]?.trim() ? money(state, 'SVC', 3, elements, position) : 0,
		adjustments: [],
		remarks: [],
	};
	const procedure = procedureCode(elements[1] ?? '', delimiters) ?? procedureCode(elements[6] ?? '', delimiters);
	if (procedure !== undefined) line.procedure = procedure;
	claim.lines.push(line);
	state.line = line;
}

/** `HC:99213:25` → 99213. ISA16 sometimes names another separator than the file uses. */
function procedureCode(composite: string, delimiters: Delimiters): string | undefined {
	const separator = [delimiters.component, ':', '>', '|'].find((candidate) => composite.includes(candidate));
	// Without a separator it is the code alone, unless it is the qualifier alone (HC, NU, AD, …).
	const code = separator === undefined ? composite : composite.split(separator)[1];
	return separator === undefined && composite.length <= 2 ? undefined : code?.trim() || undefined;
}

const ADJUSTMENT_GROUPS: ReadonlySet<string> = new Set(['CO', 'PR', 'OA', 'PI', 'CR']);
const isGroup = (text: string): text is Adjustment['group'] => ADJUSTMENT_GROUPS.has(text);

/** Up to six triplets of reason, amount and quantity; the quantity is often blank. */
function readAdjustments(state: State, elements: Elements, position: number): void {
	const claim = inClaim(state, 'CAS', position);
	const group = elements[1]?.trim() ?? '';
	if (!isGroup(group)) state.notes.add('unknown_group', position);
	for (let index = 2; index < elements.length; index += 3) {
		const code = elements[index]?.trim() ?? '';
		if (code === '' && !elements[index + 1]?.trim()) continue;
		const adjustment = { group: isGroup(group) ? group : ('OA' as const), code, amountMinor: money(state, 'CAS', index + 1, elements, position) };
		(state.line ?? claim).adjustments.push(adjustment);
	}
}

function remarksAt(indexes: readonly number[]): Handler {
	return (state, elements, position) => {
		const claim = inClaim(state, elements[0] ?? '', position);
		for (const index of indexes) {
			const remark = elements[index]?.trim();
			if (remark) claim.remarks.push(remark);
		}
	};
}

/** 405: production of the file. 232: claim. 472, 150: line. Impossible dates occur and leave the date unknown. */
function readDate(state: State, elements: Elements, position: number): void {
	const [, qualifier = '', raw = ''] = elements;
	if (qualifier !== '405' && qualifier !== '232' && qualifier !== '472' && qualifier !== '150') return;
	const date = x12Date(raw.trim());
	if (date === undefined) state.notes.add('impossible_date', position);
	else if (qualifier === '405') inTransaction(state, 'DTM', position).produced = date;
	else if (qualifier === '232' && state.claim) state.claim.serviceDate = date;
	else if (state.line) state.line.serviceDate ??= date;
}

/** PLB03/04 … PLB13/14: money between payer and provider, such as recoveries. A positive amount lowers the payment. */
function readProviderAdjustments(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'PLB', position);
	endClaim(state);
	for (let index = 3; index < elements.length; index += 2) {
		const code = /^[A-Z0-9]*/.exec(elements[index]?.trim() ?? '')?.[0] ?? '';
		if (code === '' && !elements[index + 1]?.trim()) continue;
		const amountMinor = money(state, 'PLB', index + 1, elements, position);
		transaction.adjustmentsMinor += amountMinor;
		transaction.adjustments.set(code, (transaction.adjustments.get(code) ?? 0) + amountMinor);
		state.sink.adjustment({ code, amountMinor, position: `PLB at segment ${position}` });
	}
}
