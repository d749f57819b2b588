/** Vendors' webhooks: verified on the raw bytes, each event once, then facts, deliveries and replies into the ledger. */
import { Failure } from '../contracts/failure.ts';
import type { RawRequest, Readable, VendorEvent } from '../contracts/provider.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { opened } from './connections.ts';
import { hearOfMessage } from './escalations/staff-outcome.ts';
import { startRoutes, stopRoutes } from './escalations/stopped.ts';
import { addressOf, recordFacts } from './facts.ts';
import { nudge } from './nudge.ts';
import { hearOptOut } from './opt-outs.ts';
import { iso, type Practice, readPractice } from './practice.ts';
import { sha256 } from './refs.ts';
import { meaningOf, recordReply } from './replies.ts';
import type { Deps } from './types.ts';

/** @throws Failure `missing` for an unknown address, `auth` for a bad signature: the vendor sees no more than that */
export async function receive(deps: Deps, vendor: string, secret: string, request: RawRequest): Promise<Readable | undefined> {
	const [practiceId = '', connection = ''] = secret.split('.');
	const found =
		practiceId === ''
			? undefined
			: await deps.ledger.practice(practiceId, (tx) =>
					tx
						.selectFrom('connection')
						.selectAll()
						.where('practice_id', '=', practiceId)
						.where('connection', '=', connection)
						.where('vendor', '=', vendor)
						.where('hook_hash', '=', sha256(secret))
						.executeTakeFirst(),
				);
	if (!found) throw new Failure('missing', 'This address is not known. Copy it again from the connection.', { code: 'hook_unknown' });
	const { provider, credentials } = opened(deps, practiceId, connection, found);
	if (!provider.webhook) throw new Failure('missing', `${provider.label} sends no webhooks here.`, { code: 'hook_unknown' });
	provider.webhook.verify(request, credentials, deps.now());
	const token = provider.webhook.once?.(request);
	const events = provider.webhook.parse(request, iso(deps.now()), credentials);
	await deps.ledger.practice(practiceId, async (tx) => {
		// Forgotten with what it brought when that fails, so that the vendor may deliver it again.
		if (token !== undefined && !(await first(deps, tx, practiceId, vendor, `${connection}:once:${token}`))) return;
		const practice = await readPractice(tx, practiceId, deps.now());
		for (const event of events) await once(deps, tx, practice, vendor, connection, event);
	});
	nudge(deps, practiceId);
	const { answer } = provider.webhook;
	return typeof answer === 'function' ? answer(request) : answer;
}

/** Whether this id comes for the first time; from now on it does not. */
const first = async (deps: Deps, tx: Tx, practiceId: string, vendor: string, id: string): Promise<boolean> =>
	(await tx
		.insertInto('vendor_event')
		.values({ practice_id: practiceId, vendor, event_id: id, at: iso(deps.now()) })
		.onConflict((conflict) => conflict.doNothing())
		.returning('event_id')
		.executeTakeFirst()) !== undefined;

/** Vendors deliver at least once and in any order: an event id is worked once. */
async function once(deps: Deps, tx: Tx, practice: Practice, vendor: string, connection: string, event: VendorEvent): Promise<void> {
	if (!(await first(deps, tx, practice.id, vendor, `${connection}:${event.id}`))) return;
	const known = await work(deps, tx, practice, vendor, connection, event);
	// What nobody can be matched to is kept in the audit, so that it can be found when somebody asks.
	if (!known)
		await audit(tx, practice.id, [
			{ at: iso(deps.now()), actor: `vendor:${vendor}`, kind: 'vendor_event_unmatched', body: { type: event.type, id: event.id } },
		]);
}

async function work(deps: Deps, tx: Tx, practice: Practice, vendor: string, connection: string, event: VendorEvent): Promise<boolean> {
	switch (event.type) {
		case 'delivery':
			return hearOfMessage(deps, tx, practice, vendor, event);
		case 'reply': {
			const { channel, text, keyword } = event;
			const from = addressOf(channel, event.from);
			const heard = await recordReply(deps, tx, practice, { channel, from, text, ...(keyword ? { keyword } : {}), vendor });
			const word = { connection, address: from, sender: event.to && addressOf(channel, event.to), actor: `vendor:${vendor}` };
			const meaning = meaningOf(text, keyword);
			const told = meaning === 'opt_out' ? await stopRoutes(deps, tx, practice, word) : meaning === 'opt_in' && (await startRoutes(deps, tx, practice, word));
			return heard > 0 || told;
		}
		case 'opt_out':
			return hearOptOut(deps, tx, practice, { vendor, connection, channel: event.channel, address: event.address, how: event.how });
		case 'facts': {
			// A fact whose account the vendor does not name is matched by its payment, or left for staff.
			const facts = [];
			for (const fact of event.facts) {
				if (fact.account.yourReference || fact.account.accountRef) facts.push(fact);
				else if (fact.kind === 'payment') {
					const payment = await tx
						.selectFrom('payment')
						.select('account_ref')
						.where('practice_id', '=', practice.id)
						.where('your_reference', '=', fact.payment)
						.executeTakeFirst();
					if (payment) facts.push({ ...fact, account: { accountRef: payment.account_ref } });
				}
			}
			await recordFacts(deps, tx, { practiceId: practice.id, test: false, actor: `vendor:${vendor}`, connection }, facts);
			return facts.length > 0;
		}
	}
}
