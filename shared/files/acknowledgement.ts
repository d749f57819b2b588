/** Reader of claim acknowledgements (X12 277CA, 005010X214): accepted or rejected, before anybody has decided. */
import type { AcknowledgementFact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import { decidingStatus, statusOutcome, statusText } from '../rules/denials/acknowledgement.ts';
import { type Acknowledged, HANDLERS, newState, type State } from './acknowledgement/segments.ts';
import { splitClaimNumber } from './claim-number.ts';
import { notAfter } from './dates.ts';
import type { AcknowledgementReading, FileProblem } from './reading.ts';
import { brokenAt, segmentReader } from './x12.ts';

export interface AcknowledgementOptions {
	/** ISO 8601 instant; facts without a date of their own are known since then. */
	now: string;
}

const WANTED: ReadonlySet<string> = new Set(Object.keys(HANDLERS));

/**
 * One fact for each claim and sender: of several in a file the latest, by the day of its status, then by its place.
 * Names of patients and free text are not read.
 * @throws Failure `invalid`, naming segment, position and element; nothing of a broken file is kept.
 */
export function readAcknowledgement(text: string, options: AcknowledgementOptions): AcknowledgementReading {
	const state = newState();
	const reader = segmentReader(WANTED, (id, elements, position, delimiters) => {
		if (state.transaction?.foreign && id !== 'SE' && id !== 'ST') return;
		HANDLERS[id]?.(state, elements, position, delimiters);
	});
	reader.push(text);
	reader.end();
	finish(state);
	return reading(state, options.now);
}

function finish({ transaction, transactions, claims }: State): void {
	if (transaction) throw brokenAt('ST', transaction.position, 'starts a transaction that never ends: the file is cut off, SE is missing.');
	if (transactions === 0)
		throw new Failure('invalid', 'The file holds no acknowledgement: there is no ST*277 in it. Upload the 277CA, not another kind of X12 file.', {
			code: 'not_277',
		});
	for (const { position, statuses } of claims) if (statuses.length === 0) throw brokenAt('TRN', position, 'names a claim without a status: STC is missing.');
}

function reading(state: State, now: string): AcknowledgementReading {
	const named = state.claims.filter(({ number }) => !/^0*$/.test(number));
	const facts = latest(named.map((claim) => factOf(claim, now)));
	const count = (outcome: AcknowledgementFact['outcome']): number => facts.filter((fact) => fact.outcome === outcome).length;
	return {
		kind: 'acknowledgement',
		facts,
		problems: state.claims.filter((claim) => !named.includes(claim)).map(unnumbered),
		warnings: state.warnings,
		summary: {
			currency: 'USD',
			claims: state.claims.length,
			accepted: count('accepted'),
			rejected: count('rejected'),
			pending: count('pending'),
			finalised: count('finalised'),
			unknown: count('unknown'),
			rejectedMinor: facts.reduce((sum, { outcome, chargeMinor = 0 }) => (outcome === 'rejected' ? sum + chargeMinor : sum), 0),
			senders: [...new Set(facts.map(({ sender }) => sender))].sort(),
		},
	};
}

const unnumbered = ({ position }: Acknowledged): FileProblem => ({
	position: `TRN at segment ${position}`,
	field: 'TRN02',
	message: 'The claim has no claim number, so its account is unknown; look for it by hand.',
});

function factOf(claim: Acknowledged, now: string): AcknowledgementFact {
	const { account, invoice } = splitClaimNumber(claim.number);
	const { statuses, sender, payerClaim, effectiveOn, serviceFrom, chargeMinor } = claim;
	const deciding = decidingStatus(statuses) ?? { category: '', status: '' };
	return {
		kind: 'acknowledgement',
		source: 'import',
		account: { yourReference: account },
		currency: 'USD',
		asOf: notAfter(claim.asOf ?? now, now),
		claim: claim.number,
		...(payerClaim === undefined ? {} : { payerClaim }),
		sender: sender.name,
		senderKind: sender.kind,
		outcome: statusOutcome(deciding.category),
		category: deciding.category,
		statusCode: deciding.status,
		statuses,
		text: statusText(statuses),
		...(effectiveOn === undefined ? {} : { effectiveOn }),
		...(serviceFrom === undefined ? {} : { serviceFrom }),
		...(chargeMinor === undefined ? {} : { chargeMinor }),
		...(invoice === undefined ? {} : { invoice }),
	};
}

/** Of one claim and sender the latest. */
function latest(facts: readonly AcknowledgementFact[]): AcknowledgementFact[] {
	const kept = new Map<string, AcknowledgementFact>();
	for (const fact of facts) {
		const key = `${fact.claim}\n${fact.sender}`;
		const before = kept.get(key);
		if (before === undefined || dayOf(fact) >= dayOf(before)) kept.set(key, fact);
	}
	return facts.filter((fact) => kept.get(`${fact.claim}\n${fact.sender}`) === fact);
}

const dayOf = ({ effectiveOn, asOf }: AcknowledgementFact): string => effectiveOn ?? asOf.slice(0, 10);
