/** A staff member who ends the messages of a route: nothing more goes there until it is set again or the person asks for them, and the practice hears of it. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { openWork } from './open.ts';
import type { StaffChannel } from './routes.ts';

/** Who ended or asks for messages, and where they came from. */
export interface StaffWord {
	connection: string;
	/** E.164 or a mailbox in small letters. */
	address: string;
	/** The number that the person wrote to; absent, every sender of the connection is meant. */
	sender?: string | undefined;
	/** Who says so, as the audit names it. */
	actor: string;
}

const PROBLEM: Record<StaffChannel, string> = {
	sms: 'The person ended texts from this sender, so that nothing more goes there. The person texts START to it, or set the route again with another phone or sender.',
	email:
		'The person ended mails from this sender, so that nothing more goes there. Set the route again with another mailbox, or when the sending service lists the person no more.',
};

/** Answers whether a route leads to this person. Of a patient's own consent it says and changes nothing. */
export async function stopRoutes(deps: Deps, tx: Tx, practice: Practice, word: StaffWord): Promise<boolean> {
	const routes = await routesTo(tx, practice.id, word);
	for (const { route, label, channel, problem } of routes) {
		if (problem !== null) continue;
		const text = PROBLEM[channel as StaffChannel];
		await tx.updateTable('route').set({ problem: text }).where('practice_id', '=', practice.id).where('route', '=', route).execute();
		await sql`update escalation set delivery_error = ${text}, delivered_to = null, place = null, external_id = null
			where practice_id = ${practice.id} and status = 'open' and route = ${route} and place->>'connection' = ${word.connection} and place->>'target' = ${word.address}`.execute(
			tx,
		);
		await audit(tx, practice.id, [{ at: iso(deps.now()), actor: word.actor, kind: 'route_stopped', subject: route, body: { connection: word.connection } }]);
		await openWork(deps, tx, practice, {
			cause: `route:${route}`,
			test: false,
			reason: 'other',
			severity: 'high',
			title: `The route "${label}" reaches nobody`,
			note: text,
			actor: 'system',
		});
	}
	return routes.length > 0;
}

/** The person asks for them again. Answers whether a route leads there. */
export async function startRoutes(deps: Deps, tx: Tx, practice: Practice, word: StaffWord): Promise<boolean> {
	const routes = await routesTo(tx, practice.id, word);
	for (const { route, problem } of routes) {
		if (problem === null) continue;
		await tx.updateTable('route').set({ problem: null }).where('practice_id', '=', practice.id).where('route', '=', route).execute();
		await audit(tx, practice.id, [{ at: iso(deps.now()), actor: word.actor, kind: 'route_started', subject: route, body: { connection: word.connection } }]);
	}
	return routes.length > 0;
}

/** A sending service or a name that is no number may stand for any of the numbers that people answer to. */
const routesTo = (tx: Tx, practiceId: string, { connection, address, sender }: StaffWord) =>
	tx
		.selectFrom('route')
		.select(['route', 'label', 'channel', 'problem'])
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.where('target', '=', address)
		.where('channel', 'is not', null)
		.where((eb) => (sender === undefined ? eb.lit(true) : eb.or([eb('sender', '=', sender), eb('sender', 'not like', '+%')])))
		.orderBy('route')
		.forUpdate()
		.execute();
