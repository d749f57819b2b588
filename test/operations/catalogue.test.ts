import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventFields } from '../../shared/contracts/events.ts';
import type { Operation } from '../../shared/contracts/operation.ts';
import { EVENT_TYPES } from '../../shared/contracts/words.ts';
import { operationKeys, REGISTRY, registryText } from '../../shared/operations/generate.ts';
import type { Service } from '../../shared/operations/registry.ts';
import { catalogue, operations } from '../../shared/operations/registry.ts';
import { broken, type Frozen, freeze } from '../kit/frozen.ts';
import { inputOf, OPERATION_RULES, outputOf } from '../kit/operation-contract.ts';
import frozenFile from './frozen.json' with { type: 'json' };

const frozen = frozenFile as unknown as Frozen;
const calls = catalogue.filter((operation) => operation.kind !== 'trigger');
const triggers = catalogue.filter((operation) => operation.kind === 'trigger');

describe.each(catalogue.map((operation) => [operation.key, operation] as const))('%s', (_, operation) => {
	it.each(OPERATION_RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
		expect(rule.faults(operation)).toEqual([]);
	});
});

describe('the catalogue', () => {
	it("has one operation for each file, under the file's name", () => {
		expect(catalogue.map(({ key }) => key)).toEqual(operationKeys());
		expect(Object.entries(operations).filter(([key, operation]) => operation.key !== key)).toEqual([]);
	});

	it('is what the generator writes from the folder', async () => {
		expect(readFileSync(REGISTRY, 'utf8')).toBe(await registryText());
	});

	it('has every operation of the first release', () => {
		expect([...operationKeys()].sort()).toEqual([
			'account_flagged',
			'appointment_balance_due',
			'approve_batch',
			'balance_over_threshold',
			'balance_overdue',
			'balance_paid',
			'check_reminder_rules',
			'claim_denied',
			'classify_denial',
			'escalate',
			'escalation_raised',
			'explain_account',
			'find_account',
			'find_claims',
			'find_escalations',
			'find_reminders',
			'flag_account',
			'get_aging',
			'hold_reminders',
			'import_balances',
			'import_file',
			'patient_replied',
			'payment_disputed',
			'payment_failed',
			'payment_plan_due',
			'prepare_reminder',
			'preview_reminder',
			'record_appointment',
			'record_arrangement',
			'record_balance',
			'record_claim_status',
			'record_contact',
			'record_payment',
			'reminder_not_delivered',
			'resolve_escalation',
			'resume_reminders',
			'review_finished',
			'rule_matched',
			'run_account_review',
			'send_reminder',
			'update_account',
		]);
	});

	it('answers each method and path once', () => {
		const routes = calls.map(({ method, path }) => `${method} ${path}`);
		expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([]);
	});

	it('says each label, description and summary once', () => {
		for (const words of [catalogue.map(({ label }) => label), catalogue.map(({ description }) => description), catalogue.map(({ summary }) => summary)]) {
			expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
		}
	});

	it('shows a maker of flows a handful first: at most five triggers and five others are important', () => {
		const important = (list: readonly Operation[]) => list.filter(({ visibility }) => visibility === 'important').map(({ key }) => key);
		expect(important(triggers)).toHaveLength(4);
		expect(important(calls)).toHaveLength(4);
	});

	it('offers file import on every surface but Zapier', () => {
		expect(catalogue.filter(({ surfaces }) => !surfaces.includes('zapier')).map(({ key }) => key)).toEqual(['import_file']);
	});
});

describe('triggers', () => {
	it('are one for each type of event', () => {
		expect(triggers.map(({ key }) => key).sort()).toEqual([...EVENT_TYPES].sort());
	});

	it.each(triggers.map((trigger) => [trigger.key, trigger] as const))('%s carries what every event carries, and its own type', (key, trigger) => {
		expect(Object.keys(outputOf(trigger).properties)).toEqual(expect.arrayContaining(Object.keys(eventFields)));
		expect((trigger.sample as { event_type: string }).event_type).toBe(key);
	});

	it.each(triggers.map((trigger) => [trigger.key, trigger] as const))('%s asks nothing of a subscriber', (_, trigger) => {
		expect(inputOf(trigger).required ?? []).toEqual([]);
	});

	it('of overdue balances, denials and escalations carry an Adaptive Card', () => {
		const cards = triggers.filter((trigger) => 'card_json' in outputOf(trigger).properties);
		expect(cards.map(({ key }) => key).sort()).toEqual(['balance_overdue', 'claim_denied', 'escalation_raised']);
		for (const { sample } of cards) expect(JSON.parse((sample as { card_json: string }).card_json)).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
	});

	/** A filter that no output shows can not be checked by the person who set it. */
	it.each(triggers.map((trigger) => [trigger.key, trigger] as const))('%s filters by what it shows', (_, trigger) => {
		const shown = Object.keys(outputOf(trigger).properties);
		const twins: Record<string, string> = {
			only_when_contactable: 'can_contact',
			minimum_amount: 'amount',
			minimum_days: 'days_overdue',
			include_own: 'caused_by',
			only_with_work: 'work_count',
			deliver: 'is_digest',
		};
		expect(Object.keys(inputOf(trigger).properties).filter((key) => !shown.includes(twins[key] ?? key))).toEqual([]);
	});
});

describe('running an operation', () => {
	it.each(
		calls.filter(({ pure }) => !pure).map((call) => [call.key, call] as const),
	)('%s hands its input to the use case of its name and returns the answer', async (key, call) => {
		const asked: unknown[] = [];
		const service = new Proxy({} as Service, {
			get: (_, name) => async (value: unknown) => {
				asked.push([name, value]);
				return call.sample;
			},
		});
		const value = call.examples[0] ?? {};
		expect(await call.run({ service, now: 0 }, value)).toBe(call.sample);
		expect(asked).toEqual([[key, value]]);
	});

	it.each(calls.filter(({ pure }) => pure).map((call) => [call.key, call] as const))('%s never touches the service', async (_, call) => {
		const service = new Proxy({} as Service, {
			get: (_target, name) => {
				throw new Error(`asked for ${String(name)}`);
			},
		});
		const now = Date.parse('2026-11-24T15:00:00Z');
		for (const example of call.examples)
			expect(Object.keys((await call.run({ service, now }, example)) as object).sort()).toEqual(Object.keys(call.sample as object).sort());
	});
});

describe("what users' flows hold on to", () => {
	it('is still there and asks for no more than it did', () => {
		expect(broken(frozen, freeze(catalogue))).toEqual([]);
	});

	it('is all frozen; add what is new with: node test/operations/freeze.ts', () => {
		expect(frozen).toEqual(freeze(catalogue));
	});
});
