/** Reader of X12 835 remittance files (005010X221A1; 4010 files read alike). Facts only: what a denial means for a message is the rules' business. */

import type { Adjustment, ClaimFact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import { claimLines, isKnownStatus, isQmb, PREDETERMINATION, type RawClaim, type RawLine } from './claim-lines.ts';
import { notAfter, x12Date } from './dates.ts';
import { netClaims } from './net-claims.ts';
import type { FileProblem, RemittancePayment, RemittanceReading, RemittanceSummary } from './reading.ts';
import { brokenAt, type Delimiters, readSegments, x12Amount } from './x12.ts';

export interface RemittanceOptions {
	/** ISO 8601 instant; facts without a date of their own are known since then. */
	now: string;
}

/** One ST…SE and what its claims need to know of it. */
interface Transaction {
	position: number;
	control: string;
	/** Segments so far, ST and SE included: SE01 says how many there should be. */
	segments: number;
	ended: boolean;
	interchange: string;
	currency: string;
	amountMinor: number;
	method?: string;
	date?: string;
	trace?: string;
	payer: string;
	asOf?: string;
	produced?: string;
	claimsMinor: number;
	adjustmentsMinor: number;
}

interface Found extends RawClaim {
	transaction: Transaction;
}

interface State {
	interchange: string;
	groupAsOf: string | undefined;
	transactionsInGroup: number;
	groupsInInterchange: number;
	/** Inside a transaction that is not an 835: its segments mean other things. */
	foreign: string | undefined;
	currency: string | undefined;
	transaction: Transaction | undefined;
	claim: Found | undefined;
	line: RawLine | undefined;
	transactions: Transaction[];
	claims: Found[];
	providerAdjustments: RemittanceSummary['providerAdjustments'];
	counts: Map<string, number[]>;
	warnings: string[];
}

type Elements = readonly string[];
type Handler = (state: State, elements: Elements, position: number, delimiters: Delimiters) => void;

/**
 * Reads all interchanges of a file. Wrong counts and totals are warnings, unknown segments are passed over;
 * a file whose structure or amounts can not be understood is refused whole, because half a remittance
 * would make paid claims look unpaid.
 * Patient names are not read: the account is found by CLP01, and the guarantor is often someone else.
 * @throws Failure `invalid`, naming segment and position.
 */
export function readRemittance(text: string, options: RemittanceOptions): RemittanceReading {
	const state = newState();
	readSegments(text, WANTED, (id, elements, position, delimiters) => {
		if (state.transaction) state.transaction.segments++;
		if (state.foreign !== undefined && id !== 'SE' && id !== 'ST') return;
		HANDLERS[id]?.(state, elements, position, delimiters);
	});
	finish(state);
	return reading(state, options.now);
}

const newState = (): State => ({
	interchange: '',
	groupAsOf: undefined,
	transactionsInGroup: 0,
	groupsInInterchange: 0,
	foreign: undefined,
	currency: undefined,
	transaction: undefined,
	claim: undefined,
	line: undefined,
	transactions: [],
	claims: [],
	providerAdjustments: [],
	counts: new Map(),
	warnings: [],
});

const HANDLERS: Readonly<Record<string, Handler>> = {
	ISA(state, elements) {
		state.interchange = (elements[13] ?? '').trim();
		state.groupsInInterchange = 0;
	},
	GS(state, elements) {
		state.groupAsOf = instant(elements[4] ?? '', elements[5] ?? '');
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
		if (Number(elements[1]) !== state.transactionsInGroup) note(state, 'wrong_group_count', position);
	},
	IEA(state, elements, position) {
		if (Number(elements[1]) !== state.groupsInInterchange) note(state, 'wrong_interchange_count', position);
	},
};

const WANTED: ReadonlySet<string> = new Set(Object.keys(HANDLERS));

function startTransaction(state: State, elements: Elements, position: number): void {
	if (state.transaction) throw brokenAt('ST', position, `starts before the transaction of segment ${state.transaction.position} ended: SE is missing.`);
	state.transactionsInGroup++;
	state.claim = undefined;
	state.line = undefined;
	const type = elements[1] ?? '';
	state.foreign = type === '835' ? undefined : type;
	const transaction: Transaction = {
		position,
		control: elements[2]?.trim() ?? '',
		segments: 1,
		ended: false,
		interchange: state.interchange,
		currency: 'USD',
		amountMinor: 0,
		payer: 'Unknown payer',
		claimsMinor: 0,
		adjustmentsMinor: 0,
		...(state.groupAsOf === undefined ? {} : { asOf: state.groupAsOf }),
	};
	state.transaction = transaction;
	if (state.foreign === undefined) state.transactions.push(transaction);
	else note(state, 'not_835', position);
}

function endTransaction(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'SE', position);
	if (Number(elements[1]) !== transaction.segments) note(state, 'wrong_segment_count', position);
	if ((elements[2]?.trim() ?? '') !== transaction.control) note(state, 'wrong_control_number', position);
	if (state.foreign === undefined && transaction.claimsMinor - transaction.adjustmentsMinor !== transaction.amountMinor)
		note(state, 'unbalanced_payment', transaction.position);
	transaction.ended = true;
	state.transaction = undefined;
	state.foreign = undefined;
	state.claim = undefined;
	state.line = undefined;
}

function startClaim(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'CLP', position);
	const status = elements[2]?.trim() ?? '';
	if (status === '') throw brokenAt('CLP', position, 'has no claim status (CLP02).');
	state.currency ??= transaction.currency;
	if (state.currency !== transaction.currency)
		throw brokenAt('CLP', position, 'is in another currency than the claims before it; amounts of two currencies are not added.');
	const claim: Found = {
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
	if (!isKnownStatus(status)) note(state, 'unknown_status', position);
	transaction.claimsMinor += claim.paidMinor;
	state.claims.push(claim);
	state.claim = claim;
	state.line = undefined;
}

function startLine(state: State, elements: Elements, position: number, delimiters: Delimiters): void {
	const claim = inClaim(state, 'SVC', position);
	const line: RawLine = {
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
	if (!isGroup(group)) note(state, 'unknown_group', position);
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
	if (date === undefined) note(state, 'impossible_date', position);
	else if (qualifier === '405') inTransaction(state, 'DTM', position).produced = date;
	else if (qualifier === '232' && state.claim) state.claim.serviceDate = date;
	else if (state.line) state.line.serviceDate ??= date;
}

/** PLB03/04 … PLB13/14: money between payer and provider, such as recoveries. A positive amount lowers the payment. */
function readProviderAdjustments(state: State, elements: Elements, position: number): void {
	const transaction = inTransaction(state, 'PLB', position);
	for (let index = 3; index < elements.length; index += 2) {
		const code = /^[A-Z0-9]*/.exec(elements[index]?.trim() ?? '')?.[0] ?? '';
		if (code === '' && !elements[index + 1]?.trim()) continue;
		const amountMinor = money(state, 'PLB', index + 1, elements, position);
		transaction.adjustmentsMinor += amountMinor;
		state.providerAdjustments.push({ code, amountMinor, position: `PLB at segment ${position}` });
	}
}

function money(state: State, id: string, index: number, elements: Elements, position: number): number {
	const minor = x12Amount(elements[index]?.trim() ?? '', state.transaction?.currency ?? 'USD');
	if (minor === undefined) throw brokenAt(id, position, `has no amount in ${id}${String(index).padStart(2, '0')}.`);
	return minor;
}

function inTransaction(state: State, id: string, position: number): Transaction {
	if (!state.transaction) throw brokenAt(id, position, 'stands outside a transaction: ST is missing.');
	return state.transaction;
}

function inClaim(state: State, id: string, position: number): Found {
	inTransaction(state, id, position);
	if (!state.claim) throw brokenAt(id, position, 'stands outside a claim: CLP is missing.');
	return state.claim;
}

/** GS04 and GS05 carry no zone; read as UTC, a few hours off at most and the same for every file of a payer. */
function instant(date: string, time: string): string | undefined {
	const day = x12Date(date.trim());
	if (day === undefined) return undefined;
	const clock = /^([01]\d|2[0-3])([0-5]\d)/.exec(time.trim());
	return `${day}T${clock?.[1] ?? '00'}:${clock?.[2] ?? '00'}:00Z`;
}

/** Warnings of one kind become one sentence: a payer makes the same mistake in every claim. */
function note(state: State, kind: keyof typeof WARNINGS, position: number): void {
	const positions = state.counts.get(kind);
	if (positions) positions.push(position);
	else state.counts.set(kind, [position]);
}

const WARNINGS = {
	wrong_segment_count: 'SE counts another number of segments than the transaction has; the file was read to the end all the same',
	wrong_control_number: 'SE names another control number than its ST',
	wrong_group_count: 'GE counts another number of transactions than the group has',
	wrong_interchange_count: 'IEA counts another number of groups than the interchange has',
	not_835: 'Transactions that are not an 835 were passed over',
	unbalanced_payment: 'Claims less provider adjustments are not the amount that was paid (BPR02); post this payment by hand',
	unbalanced_claim: 'Claims whose adjustments do not explain the difference between charge and payment; check them before sending reminders',
	unknown_status: 'Claims with a status (CLP02) we do not know are held as pending',
	unknown_group: 'Adjustments with a group we do not know were read as OA',
	impossible_date: 'Dates that do not exist were left unknown',
	repeated_claim: 'Claims that share claim number and payer claim number, without a reversal, were all kept',
	with_invoice: 'Claim numbers (CLP01) with a dash were read as account number and invoice number',
} as const;

const SHOWN = 5;

function warningTexts(state: State): string[] {
	return Object.entries(WARNINGS).flatMap(([kind, sentence]) => {
		const positions = state.counts.get(kind);
		if (!positions) return [];
		const more = positions.length > SHOWN ? ` and ${positions.length - SHOWN} more` : '';
		return [`${sentence} (segment ${positions.slice(0, SHOWN).join(', ')}${more}).`];
	});
}

function finish(state: State): void {
	const open = state.transaction;
	if (open) throw brokenAt('ST', open.position, 'starts a transaction that never ends: the file is cut off, SE is missing.');
	if (state.transactions.length === 0) {
		throw new Failure('invalid', 'The file holds no remittance: there is no ST*835 in it. Upload the 835 (ERA), not another kind of X12 file.', {
			code: 'not_835',
		});
	}
	for (const claim of state.claims) if (!isBalanced(claim)) note(state, 'unbalanced_claim', claim.position);
}

const total = (adjustments: readonly Adjustment[]): number => adjustments.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

function isBalanced(claim: RawClaim): boolean {
	let adjusted = total(claim.adjustments);
	let charged = claim.lines.length === 0 ? claim.chargeMinor : 0;
	for (const line of claim.lines) {
		adjusted += total(line.adjustments);
		charged += line.chargeMinor;
	}
	return claim.chargeMinor === charged && charged - adjusted === claim.paidMinor;
}

function reading(state: State, now: string): RemittanceReading {
	const standing = state.claims.filter(({ status }) => status !== PREDETERMINATION);
	const problems = standing.filter((claim) => !isNumbered(claim)).map(unnumbered);
	const netted = netClaims(standing.filter(isNumbered));
	for (const position of netted.repeated) note(state, 'repeated_claim', position);
	const facts = netted.claims.map((claim) => claimFact(state, claim, now));
	return {
		kind: 'remittance',
		facts,
		problems,
		warnings: warningTexts(state),
		summary: summarize(state, facts, netted.nettedReversals, state.claims.length - standing.length),
	};
}

/** Payers put 0 where they never got a number; taken as one, it would merge strangers into one account. */
const isNumbered = (claim: RawClaim): boolean => !/^0*$/.test(claim.number);

const unnumbered = (claim: RawClaim): FileProblem => ({
	position: `CLP at segment ${claim.position}`,
	field: 'CLP01',
	message: 'The claim has no claim number, so its account is unknown; post it by hand.',
});

function claimFact(state: State, claim: Found, now: string): ClaimFact {
	const { transaction } = claim;
	const { account, invoice } = splitClaimNumber(claim.number);
	if (invoice !== undefined) note(state, 'with_invoice', claim.position);
	return {
		kind: 'claim',
		source: 'import',
		account: { yourReference: account, ...(isQmb(claim) ? { qmb: true } : {}) },
		currency: state.currency ?? 'USD',
		asOf: notAfter(knownSince(transaction) ?? now, now),
		claim: claim.number,
		...(claim.payerClaim === undefined ? {} : { payerClaim: claim.payerClaim }),
		payer: transaction.payer,
		statusCode: claim.status,
		...(transaction.trace === undefined ? {} : { trace: transaction.trace }),
		chargeMinor: claim.chargeMinor,
		paidMinor: claim.paidMinor,
		lines: claimLines(claim),
		...(invoice === undefined ? {} : { invoice }),
	};
}

/** The payer's cycle day where it is given: a clearinghouse stamps GS anew each time a file is fetched again. */
function knownSince({ asOf, produced, date }: Transaction): string | undefined {
	const day = produced ?? (asOf === undefined ? date : undefined);
	if (day === undefined || asOf?.startsWith(day)) return asOf;
	return `${day}T00:00:00Z`;
}

/** `10023-5001` is account 10023, invoice 5001; the first dash divides, since invoice numbers have dashes more often. */
function splitClaimNumber(number: string): { account: string; invoice?: string } {
	const dash = number.indexOf('-');
	const account = number.slice(0, dash).trim();
	const invoice = number.slice(dash + 1).trim();
	return dash === -1 || account === '' || invoice === '' ? { account: number } : { account, invoice };
}

function summarize(state: State, facts: readonly ClaimFact[], nettedReversals: number, predeterminations: number): RemittanceSummary {
	const lines = facts.flatMap((fact) => fact.lines);
	const denied = lines.filter(({ state: lineState }) => lineState === 'denied_open');
	const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
	return {
		currency: state.currency ?? 'USD',
		claims: state.claims.length,
		lines: lines.length,
		deniedClaims: facts.filter((fact) => fact.lines.some((line) => line.state === 'denied_open')).length,
		deniedLines: denied.length,
		reversedClaims: facts.filter((fact) => fact.lines.some((line) => line.state === 'reversed')).length,
		nettedReversals,
		predeterminations,
		claimsWithInvoice: facts.filter(({ invoice }) => invoice !== undefined).length,
		chargeMinor: sum(state.claims.map(({ chargeMinor }) => chargeMinor)),
		paidMinor: sum(state.claims.map(({ paidMinor }) => paidMinor)),
		patientMinor: sum(lines.filter((line) => line.state === 'adjudicated').map(({ patientMinor }) => patientMinor)),
		deniedMinor: sum(denied.map(({ chargeMinor }) => chargeMinor)),
		providerAdjustmentMinor: sum(state.providerAdjustments.map(({ amountMinor }) => amountMinor)),
		providerAdjustments: state.providerAdjustments,
		payments: state.transactions.map(payment),
	};
}

function payment(transaction: Transaction): RemittancePayment {
	const { interchange, trace, payer, amountMinor, method, date } = transaction;
	return {
		key: [interchange, trace ?? '', payer, amountMinor].join('|'),
		...(trace === undefined ? {} : { trace }),
		payer,
		amountMinor,
		...(method === undefined ? {} : { method }),
		...(date === undefined ? {} : { date }),
		balanced: transaction.claimsMinor - transaction.adjustmentsMinor === amountMinor,
	};
}
