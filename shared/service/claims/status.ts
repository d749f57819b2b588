/** Record Claim Status: what staff made of a denial. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { formatMoney, fromMinor, toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay } from '../../rules/index.ts';
import { audit } from '../audit.ts';
import { nudge } from '../nudge.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, iso, type Practice, readPractice, shown } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { announceDenied } from './by-hand.ts';
import { codeOf } from './code.ts';
import { deadlineOf } from './deadline.ts';
import { type Found, findClaim } from './find-one.ts';
import { type ClaimState, type StoredLine, shareOf, stateOf } from './lines.ts';
import { type LineMove, moveLines, type Outcome, releaseWarning } from './moves.ts';
import { type ClaimEntry, entriesOf, linesOfRow } from './record.ts';
import { settleClaims } from './settle.ts';

type Input = Parameters<Service['record_claim_status']>[0];
type Answer = Awaited<ReturnType<Service['record_claim_status']>>;

export const recordClaimStatus =
	(deps: Deps, caller: Caller): Service['record_claim_status'] =>
	async (input) => {
		const answer = await once(deps, caller, 'record_claim_status', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			checkInput(input);
			const found = await findClaim(tx, caller, input);
			if (!found) return denyUnknown(deps, tx, practice, caller, input);
			return act(deps, tx, practice, caller, input, found);
		});
		nudge(deps, caller.practiceId);
		return answer;
	};

/** @throws Failure `invalid` that names what a release needs */
function checkInput(input: Input): void {
	if (input.status === 'released_to_patient') {
		if (!input.evidence_kind)
			throw invalidField('evidence_kind', '"evidence_kind" is needed to release a line: choose what entitles the practice to ask the patient, such as an ABN.');
		if (!input.evidence)
			throw invalidField('evidence', '"evidence" is needed to release a line: name the document and where it is kept, without names of people.');
	}
	if (input.amount !== undefined && input.status !== 'released_to_patient' && input.status !== 'denied')
		throw invalidField('amount', '"amount" is only for what is released to the patient or newly denied. Leave it out.');
}

/** A denial that came on paper or by phone, of a claim that no remittance has told of. */
async function denyUnknown(deps: Deps, tx: Tx, practice: Practice, caller: Caller, input: Input): Promise<Omit<Answer, 'duplicate'>> {
	const touched = await announceDenied(deps, tx, practice, caller, input);
	const cancelled = await settleClaims(deps, tx, practice, [touched], 'claim_denied');
	const found = await findClaim(tx, caller, { claim_ref: touched.claim_ref });
	if (!found) throw new Failure('broken', 'The claim could not be recorded.');
	return answerOf(deps, practice, found, { lines: linesOfRow(found.row), moved: linesOfRow(found.row).map(({ line }) => line) }, 'created', '', cancelled);
}

async function act(deps: Deps, tx: Tx, practice: Practice, caller: Caller, input: Input, found: Found): Promise<Omit<Answer, 'duplicate'>> {
	const { row } = found;
	const before = linesOfRow(row);
	const outcome = input.status === 'refunded' ? { lines: before, moved: [] } : moveLines(before, wishOf(input, input.status, row.currency));
	const refunded = input.status === 'refunded' && row.refund_minor > 0;
	const changed = outcome.moved.length > 0 || refunded || (input.status === 'corrected' && row.rejected);
	const newOwner = input.owner !== undefined && input.owner !== (row.owner ?? '');
	if (!changed && !newOwner) return answerOf(deps, practice, found, outcome, 'unchanged', '', 0);
	const after = changed ? await write(deps, tx, practice, caller, input, found, outcome) : row;
	if (newOwner)
		await tx
			.updateTable('claim')
			.set({ owner: input.owner ?? null })
			.where('practice_id', '=', practice.id)
			.where('claim_ref', '=', row.claim_ref)
			.execute();
	await note(deps, tx, caller, input, found, outcome);
	const cancelled = changed ? await settleClaims(deps, tx, practice, [{ ...row, invoice: row.invoice ?? '' }], `claim_${input.status}`) : 0;
	const warning = input.status === 'released_to_patient' ? releaseWarning(outcome.lines.filter(({ line }) => outcome.moved.includes(line))) : '';
	return answerOf(
		deps,
		practice,
		{ ...found, row: { ...row, ...after, owner: newOwner ? (input.owner ?? null) : row.owner } },
		outcome,
		changed ? 'moved' : 'owner_changed',
		warning,
		cancelled,
	);
}

function wishOf(input: Input, status: LineMove, currency: string) {
	const amountMinor = input.amount === undefined || status !== 'released_to_patient' ? undefined : toMinor(input.amount, currency);
	if (input.amount !== undefined && status === 'released_to_patient' && amountMinor === undefined)
		throw invalidField('amount', `"amount" has more decimals than ${currency} has.`);
	return {
		status,
		currency,
		...(input.lines === undefined ? {} : { lines: [...new Set(input.lines.split(',').map(Number))] }),
		...(amountMinor === undefined ? {} : { amountMinor }),
		...(input.code === undefined ? {} : { category: codeOf(input.code).category }),
	};
}

/** The claim's row after the move. */
async function write(deps: Deps, tx: Tx, practice: Practice, caller: Caller, input: Input, { row }: Found, outcome: Outcome) {
	const now = deps.now();
	const entry: ClaimEntry = {
		at: iso(now),
		actor: actorOf(caller),
		status: input.status,
		...(outcome.moved.length > 0 ? { lines: outcome.moved } : {}),
		...(input.status === 'released_to_patient' ? { amount_minor: shareOf(outcome.lines.filter(({ line }) => outcome.moved.includes(line))) } : {}),
		...(input.evidence_kind ? { evidence_kind: input.evidence_kind } : {}),
		...(input.evidence ? { evidence: input.evidence } : {}),
	};
	const denied = input.status === 'denied';
	const deadline = denied
		? deadlineOf(practice, { payer: row.payer, lines: outcome.lines, serviceFrom: row.service_from, remittedOn: localDay(now, practice.zone) })
		: undefined;
	const values = {
		rejected: input.status === 'refunded' ? row.rejected : false,
		refund_minor: input.status === 'refunded' ? 0 : row.refund_minor,
		...(denied
			? {
					denied_at: row.denied_at ?? new Date(now),
					deadline_on: deadline?.on ?? row.deadline_on,
					deadline_rule: deadline?.rule ?? row.deadline_rule,
				}
			: {}),
		// Whoever records a denial of known lines has heard of it.
		...(denied ? { raised_lines: [...new Set([...row.raised_lines, ...outcome.moved])].sort((a, b) => a - b) } : {}),
	};
	await tx
		.updateTable('claim')
		.set({ ...values, lines: JSON.stringify(outcome.lines), worked: JSON.stringify([...entriesOf(row), entry]) })
		.where('practice_id', '=', practice.id)
		.where('claim_ref', '=', row.claim_ref)
		.execute();
	return { ...row, ...values };
}

async function note(deps: Deps, tx: Tx, caller: Caller, input: Input, { row }: Found, outcome: Outcome): Promise<void> {
	const before = new Map(linesOfRow(row).map((line) => [line.line, line.state]));
	await audit(tx, caller.practiceId, [
		{
			at: iso(deps.now()),
			actor: actorOf(caller),
			kind: 'claim_status_recorded',
			subject: row.account_ref,
			body: {
				claim_ref: row.claim_ref,
				status: input.status,
				lines: outcome.lines
					.filter(({ line }) => outcome.moved.includes(line))
					.map(({ line, state, patientMinor }) => ({ line, from: before.get(line) ?? '', to: state, patient_minor: patientMinor })),
				...(input.evidence_kind ? { evidence_kind: input.evidence_kind, evidence: input.evidence ?? '' } : {}),
				...(input.status === 'refunded' ? { refund_minor: row.refund_minor } : {}),
				...(input.owner === undefined ? {} : { owner: input.owner }),
			},
			...(input.note ? { personal: { note: input.note } } : {}),
		},
	]);
}

function answerOf(
	deps: Deps,
	practice: Practice,
	{ row, yourReference }: Found,
	{ lines, moved }: Outcome,
	outcome: Answer['outcome'],
	warning: string,
	cancelled: number,
): Omit<Answer, 'duplicate'> {
	const share = row.rejected ? 0 : shareOf(lines);
	return {
		claim_ref: row.claim_ref,
		account_ref: row.account_ref,
		your_reference: shown(practice, yourReference),
		outcome,
		lines_text: moved.join(', '),
		line_count: moved.length,
		states_text: lines
			.map((line) => lineText(line, row.currency))
			.join('\n')
			.slice(0, 8000),
		amount: fromMinor(share, row.currency),
		amount_text: formatMoney(share, row.currency),
		currency: row.currency,
		owner: row.owner ?? '',
		deadline_on: row.deadline_on ?? '',
		warning_text: warning,
		cancelled_count: cancelled,
		link: accountLink(deps, row.account_ref),
	};
}

function lineText(line: StoredLine, currency: string): string {
	const state: ClaimState = stateOf([line], false);
	const share = shareOf([line]);
	return `${line.line}: ${state.replaceAll('_', ' ')}, ${formatMoney(share > 0 ? share : line.chargeMinor, currency)}${share > 0 ? ' of the patient' : ''}`;
}
