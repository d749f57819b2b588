/** The set-up endpoints as one table: the HTTP layer mounts it, the command line calls it, the documentation lists it. */

import type { Scope } from '../contracts/operation.ts';
import { policySchema } from '../contracts/policy.ts';
import { upgradePolicy } from '../contracts/policy-upgrade.ts';
import { choice, list, object, optional, type Static, type TObject, text, whole } from '../contracts/schema.ts';
import { createKey, listKeys, revokeKey, rotateKey, SCOPES } from './keys.ts';
import { beginSignIn } from './oauth/sign-in.ts';
import type { Admin } from './setup/admin.ts';
import { checklist } from './setup/checklist.ts';
import { closePractice, closeSchema, exportPractice } from './setup/closing.ts';
import {
	changeConnection,
	checkConnection,
	connectionChangeSchema,
	createConnection,
	listConnections,
	listVendors,
	newConnectionSchema,
	removeConnection,
} from './setup/connections.ts';
import { health, healthOfAll, listPractices } from './setup/health.ts';
import { checkAudit, readAudit } from './setup/history.ts';
import { readPolicy, unschedulePolicy, writePolicy } from './setup/policy.ts';
import { changePractice, createPractice, newPracticeSchema, practiceChangeSchema, readPractice } from './setup/practices.ts';
import { listRoutes, listStaff, removeRoute, removeStaff, routeSchema, setRoute, setStaff, staffSchema } from './setup/routes.ts';
import { listSenders, removeSender, senderSchema, setSender } from './setup/senders.ts';
import { changeSettings, readSettings, settingsChangeSchema } from './setup/settings.ts';
import { applySnapshot, readSnapshot, snapshotSchema, upgradeSnapshot } from './setup/snapshot.ts';
import { simulatePolicies, simulateSchema, upgradeSimulation } from './simulate.ts';
import type { Deps } from './types.ts';

export interface SetupContext {
	deps: Deps;
	/** For a route of the operator, `practiceId` is empty. */
	admin: Admin;
	scopes: readonly Scope[];
	/** Parts of the path, by name. */
	params: Readonly<Record<string, string>>;
}

export interface SetupRoute {
	/** Unique, snake_case; also the Azure function's name. */
	name: string;
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** Below /api/setup, with `:name` for its parts. */
	path: string;
	/** `practice`: a key with the scope setup, or the operator's key with the practice named in Dunwell-Practice. */
	who: 'practice' | 'operator';
	/** One more scope that it needs; the operator has all. */
	scope?: Scope;
	summary: string;
	/** The body, or the query of a GET. */
	input: TObject;
	/** Brings a body of an older format to today's, before it is checked. */
	upgrade?(body: unknown): unknown;
	/** 200 unless it creates (201) or has nothing to say (204). */
	status?: 201 | 204;
	/** A ReadableStream is sent as newline-delimited JSON. */
	run(context: SetupContext, input: never): Promise<object | undefined>;
}

const nothing = object({});
const define = <I extends TObject>(
	route: Omit<SetupRoute, 'input' | 'run'> & { input: I; run(context: SetupContext, input: Static<I>): Promise<object | undefined> },
): SetupRoute => route as unknown as SetupRoute;

const scopes = Object.fromEntries(SCOPES.map((scope) => [scope, scope])) as Record<Scope, string>;
const newKeySchema = object({
	mode: choice({ test: 'Test', live: 'Live' }, 'Mode', 'A test key reaches nobody but the outbox and the practice itself.'),
	scopes: list(choice(scopes, 'Scope', 'One thing the key may do.'), 'Scopes', 'What the key may do; setup and contact_details are never implied.', {
		minItems: 1,
		maxItems: 5,
	}),
	label: text('Label', 'What it is for, such as Zapier.', { minLength: 1, maxLength: 80 }),
	expires_in_days: optional(whole('Expires in Days', 'After how many days it stops; never when left out.', { minimum: 1, maximum: 3650 })),
});
const rotateSchema = object({ hours: optional(whole('Hours', 'How long the old key still works.', { minimum: 0, maximum: 720, default: 72 })) });
const auditQuery = object({
	after: optional(whole('After', 'The number of the last entry that was read.', { minimum: 0 })),
	limit: optional(whole('Limit', 'How many entries at most.', { minimum: 1, maximum: 500 })),
	subject: optional(text('Subject', 'Only entries about this reference.', { maxLength: 100 })),
});

const param = (context: SetupContext, name: string): string => context.params[name] ?? '';
/** A DELETE or a change that has no answer of its own. */
const done = async (work: Promise<unknown>): Promise<undefined> => {
	await work;
	return undefined;
};

export const setupRoutes: readonly SetupRoute[] = [
	define({
		name: 'setup_practice_create',
		method: 'POST',
		path: '/practices',
		who: 'operator',
		summary: 'Create a practice with its first keys',
		input: newPracticeSchema,
		status: 201,
		run: ({ deps, admin }, input) => createPractice(deps, admin.actor, input),
	}),
	define({
		name: 'setup_practice_list',
		method: 'GET',
		path: '/practices',
		who: 'operator',
		summary: 'List all practices',
		input: nothing,
		run: ({ deps }) => listPractices(deps),
	}),
	define({
		name: 'setup_practice_health',
		method: 'GET',
		path: '/practices/health',
		who: 'operator',
		summary: 'Show how all practices are doing',
		input: nothing,
		run: ({ deps }) => healthOfAll(deps),
	}),
	define({
		name: 'setup_practice_get',
		method: 'GET',
		path: '/practice',
		who: 'practice',
		summary: 'Show the practice',
		input: nothing,
		run: ({ deps, admin }) => readPractice(deps, admin),
	}),
	define({
		name: 'setup_practice_change',
		method: 'PATCH',
		path: '/practice',
		who: 'practice',
		summary: "Change the practice's name or zone",
		input: practiceChangeSchema,
		run: ({ deps, admin }, input) => changePractice(deps, admin, input),
	}),
	define({
		name: 'setup_practice_close',
		method: 'POST',
		path: '/practice/close',
		who: 'practice',
		summary: 'Close the practice for good',
		input: closeSchema,
		run: ({ deps, admin }, input) => closePractice(deps, admin, input),
	}),
	define({
		name: 'setup_practice_export',
		method: 'GET',
		path: '/practice/export',
		who: 'practice',
		scope: 'contact_details',
		summary: 'Export all records of the practice',
		input: nothing,
		run: async ({ deps, admin }) => exportPractice(deps, admin),
	}),
	define({
		name: 'setup_health',
		method: 'GET',
		path: '/health',
		who: 'practice',
		summary: 'Show how the practice is doing',
		input: nothing,
		run: ({ deps, admin }) => health(deps, admin),
	}),
	define({
		name: 'setup_checklist',
		method: 'GET',
		path: '/checklist',
		who: 'practice',
		summary: 'List what stands before the first message',
		input: nothing,
		run: ({ deps, admin }) => checklist(deps, admin),
	}),

	define({
		name: 'setup_key_create',
		method: 'POST',
		path: '/keys',
		who: 'practice',
		summary: 'Create an API key',
		input: newKeySchema,
		status: 201,
		run: ({ deps, admin }, input) => createKey(deps, admin, input),
	}),
	define({
		name: 'setup_key_list',
		method: 'GET',
		path: '/keys',
		who: 'practice',
		summary: 'List API keys',
		input: nothing,
		run: ({ deps, admin }) => listKeys(deps, admin),
	}),
	define({
		name: 'setup_key_rotate',
		method: 'POST',
		path: '/keys/:key_id/rotate',
		who: 'practice',
		summary: 'Replace an API key; both work for a while',
		input: rotateSchema,
		status: 201,
		run: (context, input) => rotateKey(context.deps, context.admin, param(context, 'key_id'), input.hours ?? 72),
	}),
	define({
		name: 'setup_key_revoke',
		method: 'DELETE',
		path: '/keys/:key_id',
		who: 'practice',
		summary: 'Revoke an API key',
		input: nothing,
		status: 204,
		run: (context) => done(revokeKey(context.deps, context.admin, param(context, 'key_id'))),
	}),

	define({
		name: 'setup_vendor_list',
		method: 'GET',
		path: '/vendors',
		who: 'practice',
		summary: 'List vendors and what they ask for',
		input: nothing,
		run: async ({ deps }) => listVendors(deps),
	}),
	define({
		name: 'setup_connection_create',
		method: 'POST',
		path: '/connections',
		who: 'practice',
		summary: 'Connect a vendor account',
		input: newConnectionSchema,
		status: 201,
		run: ({ deps, admin }, input) => createConnection(deps, admin, input),
	}),
	define({
		name: 'setup_connection_list',
		method: 'GET',
		path: '/connections',
		who: 'practice',
		summary: 'List connections',
		input: nothing,
		run: ({ deps, admin }) => listConnections(deps, admin),
	}),
	define({
		name: 'setup_connection_change',
		method: 'PUT',
		path: '/connections/:connection',
		who: 'practice',
		summary: 'Change a connection',
		input: connectionChangeSchema,
		run: (context, input) => changeConnection(context.deps, context.admin, param(context, 'connection'), input),
	}),
	define({
		name: 'setup_connection_check',
		method: 'POST',
		path: '/connections/:connection/check',
		who: 'practice',
		summary: 'Try a connection at its vendor',
		input: nothing,
		run: (context) => checkConnection(context.deps, context.admin, param(context, 'connection')),
	}),
	define({
		name: 'setup_connection_authorize',
		method: 'POST',
		path: '/connections/:connection/authorize',
		who: 'practice',
		summary: 'Begin a sign-in at the vendor of a connection',
		input: nothing,
		run: (context) => beginSignIn(context.deps, context.admin, param(context, 'connection')),
	}),
	define({
		name: 'setup_connection_remove',
		method: 'DELETE',
		path: '/connections/:connection',
		who: 'practice',
		summary: 'Remove a connection',
		input: nothing,
		status: 204,
		run: (context) => done(removeConnection(context.deps, context.admin, param(context, 'connection'))),
	}),

	define({
		name: 'setup_sender_list',
		method: 'GET',
		path: '/senders',
		who: 'practice',
		summary: 'List senders',
		input: nothing,
		run: ({ deps, admin }) => listSenders(deps, admin),
	}),
	define({
		name: 'setup_sender_set',
		method: 'PUT',
		path: '/senders/:channel',
		who: 'practice',
		summary: 'Set the sender of a channel',
		input: senderSchema,
		run: (context, input) => setSender(context.deps, context.admin, param(context, 'channel'), input),
	}),
	define({
		name: 'setup_sender_remove',
		method: 'DELETE',
		path: '/senders/:channel',
		who: 'practice',
		summary: 'Remove the sender of a channel',
		input: nothing,
		status: 204,
		run: (context) => done(removeSender(context.deps, context.admin, param(context, 'channel'))),
	}),

	define({
		name: 'setup_policy_get',
		method: 'GET',
		path: '/policy',
		who: 'practice',
		summary: 'Show the policy and its versions',
		input: nothing,
		run: ({ deps, admin }) => readPolicy(deps, admin),
	}),
	define({
		name: 'setup_policy_set',
		method: 'PUT',
		path: '/policy',
		who: 'practice',
		summary: 'Replace the policy, at once or from a day on',
		input: policySchema,
		upgrade: upgradePolicy,
		run: ({ deps, admin }, input) => writePolicy(deps, admin, input),
	}),
	define({
		name: 'setup_policy_simulate',
		method: 'POST',
		path: '/simulate',
		who: 'practice',
		summary: 'Try two policies on the past days',
		input: simulateSchema,
		upgrade: upgradeSimulation,
		run: ({ deps, admin }, input) => simulatePolicies(deps, admin, input),
	}),
	define({
		name: 'setup_policy_unschedule',
		method: 'DELETE',
		path: '/policy/scheduled/:hash',
		who: 'practice',
		summary: 'Take back a policy that is not in force yet',
		input: nothing,
		status: 204,
		run: (context) => done(unschedulePolicy(context.deps, context.admin, param(context, 'hash'))),
	}),
	define({
		name: 'setup_settings_get',
		method: 'GET',
		path: '/settings',
		who: 'practice',
		summary: 'Show the settings',
		input: nothing,
		run: ({ deps, admin }) => readSettings(deps, admin),
	}),
	define({
		name: 'setup_settings_change',
		method: 'PATCH',
		path: '/settings',
		who: 'practice',
		summary: 'Change settings',
		input: settingsChangeSchema,
		run: ({ deps, admin }, input) => changeSettings(deps, admin, input),
	}),

	define({
		name: 'setup_route_list',
		method: 'GET',
		path: '/routes',
		who: 'practice',
		summary: 'List routes for staff work',
		input: nothing,
		run: ({ deps, admin }) => listRoutes(deps, admin),
	}),
	define({
		name: 'setup_route_set',
		method: 'PUT',
		path: '/routes/:route',
		who: 'practice',
		summary: 'Set a route for staff work',
		input: routeSchema,
		run: (context, input) => setRoute(context.deps, context.admin, param(context, 'route'), input),
	}),
	define({
		name: 'setup_route_remove',
		method: 'DELETE',
		path: '/routes/:route',
		who: 'practice',
		summary: 'Remove a route',
		input: nothing,
		status: 204,
		run: (context) => done(removeRoute(context.deps, context.admin, param(context, 'route'))),
	}),
	define({
		name: 'setup_staff_list',
		method: 'GET',
		path: '/staff',
		who: 'practice',
		summary: 'List staff',
		input: nothing,
		run: ({ deps, admin }) => listStaff(deps, admin),
	}),
	define({
		name: 'setup_staff_set',
		method: 'PUT',
		path: '/staff/:staff',
		who: 'practice',
		summary: 'Set a staff member',
		input: staffSchema,
		run: (context, input) => setStaff(context.deps, context.admin, param(context, 'staff'), input),
	}),
	define({
		name: 'setup_staff_remove',
		method: 'DELETE',
		path: '/staff/:staff',
		who: 'practice',
		summary: 'Remove a staff member',
		input: nothing,
		status: 204,
		run: (context) => done(removeStaff(context.deps, context.admin, param(context, 'staff'))),
	}),

	define({
		name: 'setup_snapshot_get',
		method: 'GET',
		path: '/snapshot',
		who: 'practice',
		summary: 'Take the set-up along, without secrets and patients',
		input: nothing,
		run: ({ deps, admin }) => readSnapshot(deps, admin),
	}),
	define({
		name: 'setup_snapshot_apply',
		method: 'PUT',
		path: '/snapshot',
		who: 'practice',
		summary: 'Apply a set-up taken from another practice',
		input: snapshotSchema,
		upgrade: upgradeSnapshot,
		run: ({ deps, admin }, input) => applySnapshot(deps, admin, input),
	}),
	define({
		name: 'setup_audit_read',
		method: 'GET',
		path: '/audit',
		who: 'practice',
		summary: 'Read the audit chain',
		input: auditQuery,
		run: ({ deps, admin, scopes: held }, input) => readAudit(deps, admin, input, held.includes('contact_details') && !admin.test),
	}),
	define({
		name: 'setup_audit_check',
		method: 'GET',
		path: '/audit/check',
		who: 'practice',
		summary: 'Prove the audit chain',
		input: nothing,
		run: ({ deps, admin }) => checkAudit(deps, admin),
	}),
];
