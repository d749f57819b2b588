/**
 * Three roles without a login. dunwell_owner owns the ledger's tables, dunwell_app is what a request is (under
 * row-level security), dunwell_system lists due practices and owns the queue's schema. Roles belong to the whole
 * cluster: several databases, and several processes on each, make them at the same time.
 */
import type { Link } from './link.ts';

export const ROLES = ['dunwell_owner', 'dunwell_app', 'dunwell_system'] as const;

const createRole = (role: string): string =>
	`do $role$ begin
		if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
	exception when duplicate_object or unique_violation then null;
	end $role$;`;

const grantMissing = (role: string, member: string): string =>
	`do $grant$ begin
		if not pg_has_role('${member}', '${role}', 'member') then grant ${role} to "${member.replaceAll('"', '""')}"; end if;
	end $grant$;`;

const quoted = (text: string): string => text.replaceAll("'", "''");

/** Granting the same role in two transactions at once fails in one of them ("tuple concurrently updated"), harmlessly. */
const RACES = new Set(['XX000', '23505', '40001', '40P01']);
const RACE_ATTEMPTS = 10;

const withRaces = async (work: () => Promise<void>): Promise<void> => {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (attempt === RACE_ATTEMPTS || !RACES.has((error as { code?: string }).code ?? '')) throw error;
			await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
		}
	}
};

/** Roles, schemas and who may use them. `login` is the user the service connects as; absent on the embedded database. */
export const prepareRoles = async (link: Link, login: string | undefined): Promise<void> => {
	const [me] = (await link.query('select current_user as name, current_database() as database')) as { name: string; database: string }[];
	if (me === undefined) return;
	const grants = [grantMissing('dunwell_app', 'dunwell_owner'), ...ROLES.map((role) => grantMissing(role, quoted(me.name)))];
	if (login !== undefined) grants.push(grantMissing('dunwell_app', quoted(login)), grantMissing('dunwell_system', quoted(login)));
	await withRaces(async () => {
		for (const statement of [...ROLES.map(createRole), ...grants]) await link.exec(statement);
	});
	await link.exec(`grant create on database "${me.database.replaceAll('"', '""')}" to dunwell_owner`);
	for (const [schema, owner] of [
		['dunwell', 'dunwell_owner'],
		['dunwell_meta', 'dunwell_owner'],
		['dunwell_jobs', 'dunwell_system'],
	] as const) {
		await link.exec(`create schema if not exists ${schema} authorization ${owner}`);
	}
	await as(link, 'dunwell_owner', async () => {
		await link.exec('grant usage on schema dunwell_meta to dunwell_app; grant usage, create on schema dunwell to dunwell_system;');
		await link.exec('alter default privileges in schema dunwell_meta grant select on tables to dunwell_app');
	});
};

/** Runs the work as a role, and returns to the login whatever comes of it. */
export const as = async <T>(link: Link, role: (typeof ROLES)[number], work: () => Promise<T>): Promise<T> => {
	await link.exec(`set role ${role}`);
	try {
		return await work();
	} finally {
		await link.exec('reset role');
	}
};
