/** What each segment of a 277CA (005010X214) says. */
import type { AcknowledgementFact, AcknowledgementStatus } from '../../contracts/facts.ts';
import { x12Date, x12Instant } from '../dates.ts';
import { brokenAt, type Delimiters } from '../x12.ts';
import { x12Amount } from '../x12-amount.ts';

type Elements = readonly string[];

/** One patient-level TRN with what follows it: loops 2200D and 2220D. */
export interface Acknowledged {
	position: number;
	number: string;
	sender: Sender;
	statuses: AcknowledgementStatus[];
	/** Service lines seen so far. */
	lines: number;
	effectiveOn?: string;
	payerClaim?: string;
	serviceFrom?: string;
	chargeMinor?: number;
	asOf?: string;
}

interface Sender {
	name: string;
	kind: AcknowledgementFact['senderKind'];
}

export interface State {
	groupAsOf: string | undefined;
	transaction: { position: number; foreign: boolean } | undefined;
	transactions: number;
	/** BHT04 and BHT05: when the file was made. */
	madeAt: string | undefined;
	/** HL03 of the loop it is in: 20 source, 21 receiver, 19 provider, PT patient. */
	level: string;
	sender: Sender;
	claim: Acknowledged | undefined;
	claims: Acknowledged[];
	warnings: string[];
}

const UNKNOWN_SENDER: Sender = { name: 'Unknown sender', kind: 'payer' };

export const newState = (): State => ({
	groupAsOf: undefined,
	transaction: undefined,
	transactions: 0,
	madeAt: undefined,
	level: '',
	sender: UNKNOWN_SENDER,
	claim: undefined,
	claims: [],
	warnings: [],
});

type Handler = (state: State, elements: Elements, position: number, delimiters: Delimiters) => void;

export const HANDLERS: Readonly<Record<string, Handler>> = {
	GS(state, elements) {
		state.groupAsOf = x12Instant(elements[4] ?? '', elements[5] ?? '');
	},
	ST: startTransaction,
	BHT(state, elements) {
		state.madeAt = x12Instant(elements[4] ?? '', elements[5] ?? '');
	},
	HL(state, elements, position) {
		inTransaction(state, 'HL', position);
		state.level = elements[3]?.trim() ?? '';
		state.claim = undefined;
	},
	NM1(state, elements, position) {
		inTransaction(state, 'NM1', position);
		const entity = elements[1]?.trim();
		if (state.level !== '20' || (entity !== 'PR' && entity !== 'AY')) return;
		state.sender = { name: elements[3]?.trim() || elements[9]?.trim() || UNKNOWN_SENDER.name, kind: entity === 'AY' ? 'clearinghouse' : 'payer' };
	},
	TRN(state, elements, position) {
		inTransaction(state, 'TRN', position);
		if (state.level !== 'PT') return;
		state.claim = { position, number: elements[2]?.trim() ?? '', sender: state.sender, statuses: [], lines: 0, ...asOfPart(state) };
		state.claims.push(state.claim);
	},
	SVC(state) {
		if (state.claim) state.claim.lines++;
	},
	STC: readStatus,
	REF(state, elements) {
		const number = elements[2]?.trim();
		if (state.claim && elements[1] === '1K' && number) state.claim.payerClaim = number;
	},
	DTP: readServiceDate,
	SE(state, _elements, position) {
		inTransaction(state, 'SE', position);
		state.transaction = undefined;
		state.claim = undefined;
	},
};

const asOfPart = ({ madeAt, groupAsOf }: State): { asOf?: string } => {
	const asOf = madeAt ?? groupAsOf;
	return asOf === undefined ? {} : { asOf };
};

function startTransaction(state: State, elements: Elements, position: number): void {
	if (state.transaction) throw brokenAt('ST', position, `starts before the transaction of segment ${state.transaction.position} ended: SE is missing.`);
	const foreign = elements[1] !== '277';
	if (foreign) state.warnings.push(`A transaction that is not a 277 was passed over (segment ${position}).`);
	else state.transactions++;
	Object.assign(state, { transaction: { position, foreign }, madeAt: undefined, level: '', sender: UNKNOWN_SENDER, claim: undefined });
}

function inTransaction(state: State, id: string, position: number): void {
	if (!state.transaction) throw brokenAt(id, position, 'stands outside a transaction: ST is missing.');
}

/** STC01, STC10 and STC11 are one status each. Above the patient they are about batches and are passed over. */
function readStatus(state: State, elements: Elements, position: number, { component }: Delimiters): void {
	inTransaction(state, 'STC', position);
	const { claim } = state;
	if (!claim) return;
	if (!elements[1]?.trim()) throw brokenAt('STC', position, 'has no status (STC01).');
	for (const index of [1, 10, 11]) {
		const [category = '', status = '', entity = ''] = (elements[index] ?? '').split(component).map((part) => part.trim());
		if (category === '') continue;
		claim.statuses.push({ category, status, ...(entity === '' ? {} : { entity }), ...(claim.lines === 0 ? {} : { line: claim.lines }) });
	}
	const effectiveOn = x12Date(elements[2]?.trim() ?? '');
	if (effectiveOn !== undefined && (claim.effectiveOn === undefined || effectiveOn > claim.effectiveOn)) claim.effectiveOn = effectiveOn;
	if (claim.lines === 0 && elements[4]?.trim()) claim.chargeMinor = charge(elements[4].trim(), position);
}

function charge(text: string, position: number): number {
	const minor = x12Amount(text, 'USD');
	if (minor === undefined) throw brokenAt('STC', position, 'has no amount in STC04.');
	return minor;
}

/** 472: service, a day (D8) or the first of a range (RD8). Payers leave it out when the day they got was none. */
function readServiceDate(state: State, elements: Elements): void {
	const { claim } = state;
	if (!claim || elements[1] !== '472') return;
	const from = x12Date((elements[3] ?? '').trim().split('-', 1)[0] ?? '');
	if (from !== undefined && (claim.serviceFrom === undefined || from < claim.serviceFrom)) claim.serviceFrom = from;
}
