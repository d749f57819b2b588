/** What an operation declares. One file in shared/operations is one operation; everything else is derived. */
import type { Service } from '../operations/registry.ts';
import type { Static, TObject } from './schema.ts';

export type Surface = 'zapier' | 'power_automate' | 'api';
/** What a key may be allowed to do. `setup` and `contact_details` are never implied by another. */
export type Scope = 'read' | 'write' | 'send' | 'setup' | 'contact_details';

export interface Context {
	/** The service's use cases, bound to the caller. A pure operation never touches it. */
	service: Service;
	/** Milliseconds since 1970. */
	now: number;
}

export interface CounterExample {
	value: unknown;
	/** Why it is refused: the message that names the field must contain this. */
	reason: string;
}

interface Declared<I extends TObject, O extends TObject> {
	/** snake_case, equal to the file's name. An identity: never changed once published. */
	key: string;
	/** Title Case; Zapier's and Power Automate's name of the operation. */
	label: string;
	/** A singular noun in Title Case: what Zapier says it works on. */
	noun: string;
	/** Zapier's description: starts with a third-person verb, or "Triggers when", and ends with a full stop. */
	description: string;
	/** Power Automate's summary: sentence case, at most 80 characters, no full stop, and not the description. */
	summary: string;
	tier: 'core' | 'extra';
	surfaces: readonly Surface[];
	/** Power Automate's visibility: important for the handful a maker meets first. */
	visibility?: 'important' | 'advanced';
	input: I;
	/** For a trigger: one event. */
	output: O;
	/** A valid output; Zapier's sample and Swagger's example. No patient data. */
	sample: Static<O>;
	/** Valid inputs, the first being the documentation's example. */
	examples: Static<I>[];
	counterExamples: CounterExample[];
}

/**
 * An event others listen to. Its input is the filters of a subscription. Subscribing is
 * POST /api/subscriptions/{key}, its polling twin GET /api/events/{key}; both are the service's, the same for all.
 */
export interface Trigger<I extends TObject = TObject, O extends TObject = TObject> extends Declared<I, O> {
	kind: 'trigger';
	/** How to make it fire, for Power Automate's x-ms-trigger-hint. */
	hint: string;
}

export interface Action<I extends TObject = TObject, O extends TObject = TObject> extends Declared<I, O> {
	kind: 'action' | 'search';
	method: 'GET' | 'POST';
	/** Below /api, without parameters: an input travels in the body, or in the query of a GET. */
	path: string;
	scope: Scope;
	effect: 'read' | 'write';
	/** The same call twice has one effect, with or without a key. */
	idempotent: boolean;
	/** Pure operations run inside the connectors, from shared/rules, with no call to the service. */
	pure?: true;
	run(context: Context, input: Static<I>): Promise<Static<O>>;
}

export type Operation = Trigger | Action;

/** Checks the literal against the type and keeps its schemas' types for callers. */
export const defineTrigger = <I extends TObject, O extends TObject>(trigger: Omit<Trigger<I, O>, 'kind'>): Trigger<I, O> => ({ kind: 'trigger', ...trigger });
export const defineAction = <I extends TObject, O extends TObject>(action: Omit<Action<I, O>, 'kind'>): Action<I, O> => ({ kind: 'action', ...action });
export const defineSearch = <I extends TObject, O extends TObject>(search: Omit<Action<I, O>, 'kind'>): Action<I, O> => ({ kind: 'search', ...search });
