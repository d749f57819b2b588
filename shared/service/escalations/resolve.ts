/** Resolve Escalation. */
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { audit } from '../audit.ts';
import { refundReturned } from '../claims/refund.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, iso, localIso, type Practice, readPractice } from '../practice.ts';
import { confirmReminder } from '../reminders/confirm.ts';
import type { Caller, Deps } from '../types.ts';
import { closeWorks } from './close.ts';
import { lookAgain } from './quiet.ts';

type Input = Parameters<Service['resolve_escalation']>[0];

export const resolveEscalation =
	(deps: Deps, caller: Caller): Service['resolve_escalation'] =>
	async (input) => {
		const answer = await once(deps, caller, 'resolve_escalation', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const found = await find(tx, caller, input);
			// In the order in which reviews take them: the account, then its work.
			if (found.account_ref) await lockAccount(tx, practice.id, found.account_ref);
			const closed = await closeWorks(
				deps,
				tx,
				practice,
				{ refs: [found.escalation_ref] },
				{ outcome: input.outcome, actor: actorOf(caller), byPerson: true, ...(input.note ? { note: input.note } : {}) },
			);
			const contactRef = closed.length > 0 ? await settleMessage(deps, tx, practice, caller, found.cause, input.outcome) : '';
			if (closed.length > 0 && input.outcome === 'done') await refundReturned(tx, practice.id, found.cause);
			const row = await readRow(tx, caller, found.escalation_ref);
			if (closed.length > 0 && row.account_ref) await lookAgain(tx, practice, [{ accountRef: row.account_ref, at: deps.now() }]);
			const status: 'resolved' | 'already_resolved' = closed.length > 0 ? 'resolved' : 'already_resolved';
			return {
				escalation_ref: row.escalation_ref,
				status,
				outcome: row.outcome ?? '',
				resolved_at: row.resolved_at ? localIso(row.resolved_at.getTime(), practice.zone) : '',
				closing_in: closed.length > 0 ? (row.delivered_to ?? '') : '',
				account_ref: row.account_ref ?? '',
				contact_ref: contactRef,
				link: row.account_ref ? accountLink(deps, row.account_ref) : deps.config.publicUrl,
			};
		});
		return { ...answer, duplicate: answer.duplicate || answer.status === 'already_resolved' };
	};

const lockAccount = (tx: Tx, practiceId: string, ref: string) =>
	tx.selectFrom('account').select('account_ref').where('practice_id', '=', practiceId).where('account_ref', '=', ref).forUpdate().execute();

const readRow = (tx: Tx, caller: Caller, ref: string) =>
	tx.selectFrom('escalation').selectAll().where('practice_id', '=', caller.practiceId).where('escalation_ref', '=', ref).executeTakeFirstOrThrow();

/** By our code, or by what the connected tool calls its item; of several with one link, the open one. */
async function find(tx: Tx, caller: Caller, input: Input): Promise<{ escalation_ref: string; cause: string; account_ref: string | null }> {
	const { escalation_ref: ref, external_link: link } = input;
	if (!ref && !link) {
		const message = 'Give "escalation_ref", or the "external_link" of the item in the connected tool.';
		throw new Failure('invalid', message, { code: 'nothing_to_find', fields: [{ field: 'escalation_ref', message }] });
	}
	let query = tx
		.selectFrom('escalation')
		.select(['escalation_ref', 'cause', 'account_ref'])
		.where('practice_id', '=', caller.practiceId)
		.where('test', '=', caller.test)
		.orderBy('status')
		.orderBy('opened_at', 'desc')
		.limit(1);
	query = ref
		? query.where('escalation_ref', '=', ref)
		: query.where((eb) => eb.or([eb('external_link', '=', link ?? ''), eb('external_id', '=', link ?? '')]));
	const row = await query.executeTakeFirst();
	if (row) return row;
	const field = ref ? 'escalation_ref' : 'external_link';
	const message = ref
		? '"escalation_ref" is no staff work of this practice. Take it from Escalation Raised, Escalate or Find Escalations.'
		: '"external_link" is no item of staff work. Map the link or code that the connected tool gives, or use "escalation_ref".';
	throw new Failure('missing', message, { code: 'escalation_not_found', fields: [{ field, message }] });
}

/** What the outcome says of the message that the work is about; undefined: nothing. */
function wordFor(about: string, outcome: Input['outcome']): 'sent' | 'not_sent' | undefined {
	// Of a letter that lay ready, done says that it was sent; of a lost answer it only says that somebody looked.
	if (about === 'by_hand') return outcome === 'done' || outcome === 'sent' ? 'sent' : 'not_sent';
	return outcome === 'sent' || outcome === 'not_sent' ? outcome : undefined;
}

/** Answers the contact that it recorded. */
async function settleMessage(deps: Deps, tx: Tx, practice: Practice, caller: Caller, cause: string, outcome: Input['outcome']): Promise<string> {
	const [, about = '', ref = ''] = /^(by_hand|prepared|reminder):(.+)$/.exec(cause) ?? [];
	const said = about === '' ? undefined : wordFor(about, outcome);
	if (!said) return '';
	const row = await tx.selectFrom('reminder').selectAll().where('practice_id', '=', practice.id).where('reminder_ref', '=', ref).forUpdate().executeTakeFirst();
	const now = deps.now();
	const result = row && (await confirmReminder(deps, tx, practice, row, { outcome: said, at: now, actor: actorOf(caller) }));
	if (!row || result === 'already_recorded') return '';
	await audit(tx, practice.id, [
		{
			at: iso(now),
			actor: actorOf(caller),
			kind: `contact_${result}`,
			subject: row.account_ref,
			body: { contact_ref: ref, outcome: said, ...(row.channel ? { channel: row.channel } : {}), at: iso(now) },
		},
	]);
	return result === 'confirmed' ? ref : '';
}
