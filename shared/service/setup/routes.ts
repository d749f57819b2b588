/** Where staff work goes, and who the staff are. Both by the practice's own short names. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { choice, email, object, optional, type Static, text } from '../../contracts/schema.ts';
import { CHANNELS } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { STAFF_CHANNELS } from '../escalations/routes.ts';
import { e164 } from '../facts.ts';
import { standingPolicies } from '../policy-versions.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, SHORT_NAME } from './admin.ts';
import { findConnection } from './connections.ts';
import { requireSending, senderAddress } from './senders.ts';
import { dialable, MAILBOX } from './settings.ts';

/** Always there: the work stays in Dunwell's own list and nobody else is told, so that a new practice echoes nothing. */
export const BUILTIN_ROUTE = {
	route: 'dunwell_only',
	label: 'Dunwell only',
	connection: '',
	channel: '',
	target: '',
	sender: '',
	staff: '',
	problem: '',
	builtin: true,
};

export const routeSchema = object({
	label: text('Label', 'How dropdowns show it.', { minLength: 1, maxLength: 80 }),
	connection: optional(text('Connection', 'The connection that carries the work; left out, it stays in Dunwell.', { pattern: SHORT_NAME })),
	channel: optional(choice(STAFF_CHANNELS, 'Channel', 'How the connection writes to a person; left out, the connected tool holds the work.')),
	target: optional(
		text('Target', "Where at the vendor: a channel, a project, a board. With a channel, the staff member's phone or mailbox.", { maxLength: 500 }),
	),
	sender: optional(
		text('Sender', "With a channel: the number, sending service or mailbox that staff are written from. The patients' is never taken by itself.", {
			maxLength: 254,
		}),
	),
	staff: optional(text('Staff', 'Who owns the work, by short name.', { pattern: SHORT_NAME })),
});

export const staffSchema = object({
	name: text('Name', "The staff member's name.", { minLength: 1, maxLength: 120 }),
	email: optional(email('E-mail', 'Where the person gets e-mail.')),
	phone: optional(text('Phone', "The person's number.", { maxLength: 40 })),
});

export async function setRoute(deps: Deps, admin: Admin, route: string, input: Static<typeof routeSchema>) {
	requireShortName(route, 'route');
	if (route === BUILTIN_ROUTE.route)
		throw new Failure('conflict', '"dunwell_only" is built in and stays as it is. Use another short name.', { code: 'route_builtin' });
	const { channel, target, sender } = addressed(input);
	const named = { label: input.label, connection: input.connection ?? null, staff: input.staff ?? null, channel: channel ?? null, sender };
	const values = { ...named, target, problem: null };
	// A person's number lies beside the chain.
	const entry = channel === undefined && !target.startsWith('+') ? { body: { ...named, target } } : { body: named, personal: { target } };
	const row = await change(deps, admin, { kind: 'route_set', subject: route, ...entry }, async (tx) => {
		if (channel !== undefined) await requireSending(deps, tx, admin, channel, input.connection ?? '');
		else if (input.connection !== undefined) await requireTool(deps, tx, admin, input.connection, target);
		if (input.staff !== undefined) await findStaff(tx, admin, input.staff);
		return tx
			.insertInto('route')
			.values({ practice_id: admin.practiceId, route, ...values })
			.onConflict((conflict) => conflict.columns(['practice_id', 'route']).doUpdateSet(values))
			.returningAll()
			.executeTakeFirstOrThrow();
	});
	return shown(row);
}

/** What a route to a person needs beside its connection; a route to a tool has a target alone. */
function addressed({ channel, connection, target = '', sender = '' }: Static<typeof routeSchema>) {
	if (channel === undefined) {
		if (sender !== '') throw invalidField('sender', '"sender" is for a route that writes to a person. Give "channel" (sms or email) with it, or leave it out.');
		return { channel, target, sender };
	}
	if (connection === undefined) throw invalidField('connection', `A route with "channel" needs "connection": the one that sends by ${words(channel)}.`);
	if (sender.trim() === '')
		throw invalidField(
			'sender',
			`"sender" is required: the ${channel === 'sms' ? 'number or messaging service' : 'mailbox'} that staff are written from. The patients' sender is never taken by itself; name one, best one of its own.`,
		);
	return { channel, target: personOf(channel, target.trim()), sender: senderAddress(channel, sender.trim(), 'sender') };
}

function personOf(channel: keyof typeof STAFF_CHANNELS, target: string): string {
	if (channel === 'sms') return dialable(target, 'target');
	if (!MAILBOX.test(target)) throw invalidField('target', '"target" must be the mailbox of a staff member, such as dana@practice.example.');
	return target.toLowerCase();
}

const words = (channel: keyof typeof STAFF_CHANNELS): string => CHANNELS[channel].toLowerCase();

/** @throws Failure `invalid` when the connection's vendor has no place for staff work */
async function requireTool(deps: Deps, tx: Tx, admin: Admin, connection: string, target: string): Promise<void> {
	const { vendor } = await findConnection(tx, admin, connection);
	const provider = deps.providers[vendor];
	if (provider?.work?.callsBack && e164(target) !== target)
		throw invalidField(
			'target',
			`${provider.label} rings a staff member and connects them with the guarantor: "target" must be that phone, such as +13175550142. To text staff instead, give "channel" and "sender".`,
		);
	if (provider?.work) return;
	const named = `The connection "${connection}" (${provider?.label ?? vendor})`;
	const writes = (provider?.send?.channels ?? []).filter((channel) => Object.hasOwn(STAFF_CHANNELS, channel));
	if (writes.length > 0)
		throw invalidField(
			'channel',
			`${named} holds no staff work, but it can write to a person: give "channel" (${writes.join(' or ')}), "target" (whom) and "sender" (from where).`,
		);
	throw invalidField('connection', `${named} takes no staff work. Choose one that does; GET /api/setup/vendors lists what each does.`);
}

const shown = (row: {
	route: string;
	label: string;
	connection: string | null;
	channel: string | null;
	target: string;
	sender: string;
	staff: string | null;
	problem: string | null;
}) => ({
	route: row.route,
	label: row.label,
	connection: row.connection ?? '',
	channel: row.channel ?? '',
	target: row.target,
	sender: row.sender,
	staff: row.staff ?? '',
	problem: row.problem ?? '',
	builtin: false,
});

export async function listRoutes(deps: Deps, admin: Admin) {
	const rows = await deps.ledger.practice(admin.practiceId, (tx) =>
		tx.selectFrom('route').selectAll().where('practice_id', '=', admin.practiceId).orderBy('route').execute(),
	);
	return { items: [BUILTIN_ROUTE, ...rows.map(shown)] };
}

export async function removeRoute(deps: Deps, admin: Admin, route: string): Promise<void> {
	await change(deps, admin, { kind: 'route_removed', subject: route }, async (tx, at) => {
		const policies = await standingPolicies(tx, admin.practiceId, at);
		const steps = policies.flatMap(({ escalation }) => [escalation, ...escalation.rungs, ...escalation.ladders]);
		if (steps.some((step) => step.route === route))
			throw new Failure('conflict', 'The policy sends staff work by this route. Change "escalation" in the policy first.', { code: 'route_in_use' });
		const removed = await tx.deleteFrom('route').where('practice_id', '=', admin.practiceId).where('route', '=', route).returning('route').execute();
		if (removed.length === 0)
			throw new Failure('missing', `This practice has no route "${route}". GET /api/setup/routes lists them.`, { code: 'route_unknown' });
	});
}

export async function setStaff(deps: Deps, admin: Admin, staff: string, input: Static<typeof staffSchema>) {
	requireShortName(staff, 'staff');
	const values = {
		name: input.name,
		email: input.email ?? null,
		phone: input.phone === undefined || input.phone === '' ? null : dialable(input.phone, 'phone'),
	};
	await change(deps, admin, { kind: 'staff_set', subject: staff, personal: values }, (tx) =>
		tx
			.insertInto('staff')
			.values({ practice_id: admin.practiceId, staff, ...values })
			.onConflict((conflict) => conflict.columns(['practice_id', 'staff']).doUpdateSet(values))
			.execute(),
	);
	return { staff, name: values.name, email: values.email ?? '', phone: values.phone ?? '' };
}

export async function listStaff(deps: Deps, admin: Admin) {
	const rows = await deps.ledger.practice(admin.practiceId, (tx) =>
		tx.selectFrom('staff').selectAll().where('practice_id', '=', admin.practiceId).orderBy('staff').execute(),
	);
	return { items: rows.map((row) => ({ staff: row.staff, name: row.name, email: row.email ?? '', phone: row.phone ?? '' })) };
}

export async function removeStaff(deps: Deps, admin: Admin, staff: string): Promise<void> {
	await change(deps, admin, { kind: 'staff_removed', subject: staff }, async (tx, at) => {
		await findStaff(tx, admin, staff);
		const steps = (await standingPolicies(tx, admin.practiceId, at)).flatMap(({ escalation }) => [...escalation.rungs, ...escalation.ladders]);
		if (steps.some((step) => step.owner === staff))
			throw new Failure('conflict', 'The policy gives staff work to this person. Change "escalation" in the policy first.', { code: 'staff_in_use' });
		const routes = await tx.selectFrom('route').select('route').where('practice_id', '=', admin.practiceId).where('staff', '=', staff).execute();
		if (routes.length > 0)
			throw new Failure(
				'conflict',
				`This person owns the work of ${routes.map((route) => `"${route.route}"`).join(', ')}. Give the route another owner first.`,
				{ code: 'staff_in_use' },
			);
		await tx.deleteFrom('staff').where('practice_id', '=', admin.practiceId).where('staff', '=', staff).execute();
	});
}

async function findStaff(tx: Tx, admin: Admin, staff: string): Promise<void> {
	const row = await tx.selectFrom('staff').select('staff').where('practice_id', '=', admin.practiceId).where('staff', '=', staff).executeTakeFirst();
	if (!row) throw new Failure('missing', `This practice has no staff member "${staff}". GET /api/setup/staff lists them.`, { code: 'staff_unknown' });
}

function requireShortName(name: string, field: string): void {
	if (!new RegExp(SHORT_NAME).test(name)) throw invalidField(field, `"${field}" must be a short name of small letters, digits and _, such as billing_team.`);
}
