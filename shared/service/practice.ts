/** A practice as use cases read it: its zone, settings and compiled policy. */
import { sql } from 'kysely';
import { toMinor } from '../contracts/money.ts';
import type { Policy } from '../contracts/policy.ts';
import { upgradePolicy } from '../contracts/policy-upgrade.ts';
import type { Channel } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import type { CompiledPolicy } from '../rules/index.ts';
import { dueVersion, rulesOf } from './policy-versions.ts';
import type { Caller, Deps } from './types.ts';

/** Kept in `practice.settings`; all optional until set-up is finished. */
export interface PracticeSettings {
	/** E.164: the number patients call back. */
	callback_phone?: string;
	/** Where patients pay; https. */
	pay_link?: string;
	/** The practice's own phone and mailbox: the only places a test reminder may really go. */
	own_phone?: string;
	own_mailbox?: string;
	/** What messages sign with. */
	sender_name?: string;
	/** Use this instead where the practice's name would reveal the kind of treatment. */
	neutral_sender_name?: string;
	/** Whether the practice's own account numbers may leave in events and answers. */
	share_your_reference?: boolean;
	locations?: string[];
	/** Two letters: where the practice is; its law binds beside the patient's. */
	state?: string;
	/** What is true of every amount from a source: is it the final patient share? By source name. */
	final_share?: Record<string, boolean>;
}

export interface Practice {
	id: string;
	name: string;
	zone: string;
	currency: string;
	settings: PracticeSettings;
	policy: Policy;
	policyHash: string;
	rules: CompiledPolicy;
	paused: boolean;
	/** Channels with a sender. */
	served: ReadonlySet<Channel>;
	/** Amounts (minor) that subscriptions to Balance Over Threshold chose. */
	thresholds: readonly number[];
}

/** The practice as it is at `now` (milliseconds): a policy that was set ahead decides from the first instant of its day. */
export async function readPractice(tx: Tx, practiceId: string, now: number): Promise<Practice> {
	const row = await tx
		.selectFrom('practice')
		.selectAll()
		.select([
			sql<Channel[]>`array(select channel from sender where practice_id = ${practiceId})`.as('served'),
			sql<
				number[]
			>`array(select distinct (filters->>'amount')::float8 from subscription where practice_id = ${practiceId} and type = 'balance_over_threshold' and removed_at is null and filters ? 'amount')`.as(
				'thresholds',
			),
			dueVersion(now).as('due'),
		])
		.where('practice_id', '=', practiceId)
		.executeTakeFirstOrThrow();
	const { policy: stored, policy_hash: policyHash } = row.due ?? row;
	const policy = upgradePolicy(stored) as Policy;
	return {
		id: row.practice_id,
		name: row.name,
		zone: row.time_zone,
		currency: row.currency,
		settings: row.settings as PracticeSettings,
		policy,
		policyHash,
		rules: rulesOf(policy, policyHash),
		paused: row.paused,
		served: new Set(row.served),
		thresholds: row.thresholds.map((amount) => toMinor(amount, row.currency) ?? 0).sort((a, b) => a - b),
	};
}

export const senderName = (practice: Pick<Practice, 'settings' | 'name'>): string =>
	practice.settings.neutral_sender_name || practice.settings.sender_name || practice.name;
/** The practice's number for an account, outward only by recorded choice. */
export const shown = (practice: Practice, yourReference: string): string => (practice.settings.share_your_reference ? yourReference : '');
export const accountLink = (deps: Deps, ref: string): string => `${deps.config.publicUrl}/api/accounts/${ref}`;
export const actorOf = (caller: Caller): string => (caller.performedBy ? `staff:${caller.performedBy}` : `key:${caller.keyId}`);
export const iso = (ms: number): string => new Date(ms).toISOString();
/** Making a format takes longer than all else about an event, and a practice has one zone. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(zone: string): Intl.DateTimeFormat {
	let format = formats.get(zone);
	if (!format) {
		const number = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
		format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...number });
		formats.set(zone, format);
	}
	return format;
}

/** "2026-11-24T09:30:00-05:00": an instant with the practice's offset, as people and Zapier read it. */
export function localIso(ms: number, zone: string): string {
	const parts = formatIn(zone).formatToParts(ms);
	const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '00';
	const wall = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
	const minutes = Math.round((Date.parse(`${wall}Z`) - Math.floor(ms / 1000) * 1000) / 60_000);
	const abs = Math.abs(minutes);
	return `${wall}${minutes < 0 ? '-' : '+'}${String(Math.floor(abs / 60)).padStart(2, '0')}:${String(abs % 60).padStart(2, '0')}`;
}
/** What a call was caused by: the event its flow acts on where it says so, else its key. */
export const causeOf = (caller: Caller, becauseOf?: string): string => becauseOf || caller.causedBy || `key:${caller.keyId}`;
