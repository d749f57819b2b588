/** The definition with its functions. Everything here is the same for every operation. */
import type { Bundle, ZObject } from 'zapier-platform-core';
import { Failure, type FieldError } from '../../shared/contracts/failure.ts';
import { isCallable } from './address.ts';
import { authenticationOf } from './authentication.ts';
import type { Call, Definition, Operation } from './definition.ts';
import { zapierError } from './errors.ts';
import { cleanInput, isRecord, type Values } from './inputs.ts';
import { type Project, projector } from './outputs.ts';
import { type Client, createClient, translated } from './service.ts';

/** An operation that runs here: what is wrong with an input, and what the rules say of it. */
export interface PureOperation {
	validate(input: unknown): FieldError[];
	/** @param now milliseconds since 1970 */
	run(input: unknown, now: number): Promise<unknown>;
}

export interface AppParts {
	definition: Definition;
	/** By operation key: one for each call marked `pure`. */
	pure: Record<string, PureOperation>;
	version: string;
	platformVersion: string;
	timeoutMs?: number;
}

/** How many recent events the editor offers as samples. */
const SAMPLE_EVENTS = 3;

export function createApp({ definition, pure, version, platformVersion, timeoutMs }: AppParts) {
	const client = createClient(timeoutMs);
	const ask = asker(definition, pure, client);
	return {
		version,
		platformVersion,
		// Empty values are cleaned in inputs.ts, so that a run in a test and a run in Zapier see the same.
		flags: { cleanInputData: false },
		authentication: authenticationOf(client),
		triggers: mapOf(definition.triggers, (operation) => (operation.operation.type === 'hook' ? hook(operation, client) : dropdown(operation, client))),
		creates: mapOf(definition.creates, (operation) => create(operation, definition, ask)),
		searches: mapOf(definition.searches, (operation) => search(operation, ask)),
	};
}

const mapOf = <T>(operations: Record<string, Operation>, make: (operation: Operation) => T): Record<string, T> =>
	Object.fromEntries(Object.entries(operations).map(([key, operation]) => [key, make(operation)]));

function hook(trigger: Operation, client: Client) {
	const { key } = trigger;
	const project = projector(trigger.operation.outputFields);
	const filters = (bundle: Bundle) => cleanInput(trigger.operation.inputFields, bundle.inputData);
	const isEvent = (value: unknown) => isRecord(value) && typeof value['event_id'] === 'string' && value['event_id'] !== '' && value['event_type'] === key;
	return {
		...trigger,
		operation: {
			...trigger.operation,
			/** What is not one of this trigger's events starts nothing. */
			perform: (_z: ZObject, bundle: Bundle) => [bundle.cleanedRequest as unknown].filter(isEvent).map(project),
			performSubscribe: async (z: ZObject, bundle: Bundle) => {
				const { body, location } = await client.call(z, bundle, {
					method: 'POST',
					path: `/subscriptions/${key}`,
					values: { callback_url: bundle.targetUrl, ...filters(bundle) },
				});
				if (!isCallable(location))
					throw zapierError(
						z,
						new Failure('broken', 'Dunwell took the subscription but did not say how to end it. Update the Dunwell service and turn the Zap on again.'),
					);
				return { id: (body as Values)['id'], location };
			},
			performUnsubscribe: async (z: ZObject, bundle: Bundle) => {
				await client.leave(z, (bundle.subscribeData as Values | undefined)?.['location']);
				return {};
			},
			performList: async (z: ZObject, bundle: Bundle) => {
				const { body } = await client.call(z, bundle, { method: 'GET', path: `/events/${key}`, values: { limit: SAMPLE_EVENTS, ...filters(bundle) } });
				return itemsOf(body).filter(isEvent).map(project);
			},
		},
	};
}

function dropdown(trigger: Operation, client: Client) {
	const source = trigger.key.replace(/^choices_/, '');
	const project = projector(trigger.operation.outputFields);
	return {
		...trigger,
		operation: {
			...trigger.operation,
			perform: async (z: ZObject, bundle: Bundle) => {
				const { body } = await client.call(z, bundle, { method: 'GET', path: `/choices/${source}` });
				return itemsOf(body).map(project);
			},
		},
	};
}

const itemsOf = (body: unknown): unknown[] => (isRecord(body) && Array.isArray(body['items']) ? body['items'] : []);

/** Answers an operation of the catalogue, here or at the service. */
interface Ask {
	/** What does not exist is a stop with the service's reason. */
	strictly(z: ZObject, bundle: Bundle, key: string, input: Values): Promise<unknown>;
	/** What does not exist is undefined: for a search that is an answer. */
	searching(z: ZObject, bundle: Bundle, key: string, input: Values): Promise<unknown>;
}

function asker(definition: Definition, pure: Record<string, PureOperation>, client: Client): Ask {
	const through =
		(send: Client['find']) =>
		async (z: ZObject, bundle: Bundle, key: string, input: Values): Promise<unknown> => {
			const call = callOf(definition, key);
			if (call.pure) return translated(z, () => runHere(pure[key], key, input));
			return (await send(z, bundle, { method: call.method, path: call.path, values: input }))?.body;
		};
	return { strictly: through(client.call), searching: through(client.find) };
}

async function runHere(operation: PureOperation | undefined, key: string, input: Values): Promise<unknown> {
	if (!operation) throw new Failure('broken', `This version of the app lacks the rules of ${key}. Use the newest version.`);
	const fields = operation.validate(input);
	if (fields.length > 0) throw new Failure('invalid', fields[0]?.message ?? 'The input is not valid.', { code: 'invalid_fields', fields });
	return operation.run(input, Date.now());
}

function callOf(definition: Definition, key: string): Call {
	const call = definition.calls[key];
	if (!call) throw new Failure('broken', `This version of the app does not know ${key}. Use the newest version.`);
	return call;
}

function create(action: Operation, definition: Definition, ask: Ask) {
	const project = projector(action.operation.outputFields);
	return {
		...action,
		operation: {
			...action.operation,
			perform: async (z: ZObject, bundle: Bundle) => {
				const input = cleanInput(action.operation.inputFields, bundle.inputData);
				if (bundle.meta?.isLoadingSample) return project(await editorTest(z, bundle, action, definition, ask, input));
				const result = project(await ask.strictly(z, bundle, action.key, input));
				stopIfAsked(z, input, result);
				return result;
			},
		},
	};
}

/** A test in Zapier's editor must not write to a patient (see derive.ts for what each does instead). */
async function editorTest(z: ZObject, bundle: Bundle, action: Operation, definition: Definition, ask: Ask, input: Values): Promise<unknown> {
	const test = callOf(definition, action.key).editor;
	if (test?.instead === 'sample') return action.operation.sample;
	if (test?.instead === 'with') return ask.strictly(z, bundle, action.key, { ...input, ...test.values });
	if (test?.instead !== 'preview') return ask.strictly(z, bundle, action.key, input);
	const known = cleanInput(definition.searches[test.of]?.operation.inputFields ?? [], input);
	return { ...((await ask.strictly(z, bundle, test.of, known)) as Values), ...test.values };
}

/** Not sending is a result, not an error, unless the user chose to stop the run then. */
function stopIfAsked(z: ZObject, input: Values, result: Values): void {
	if (input['if_not_sent'] !== 'stop' || result['status'] !== 'suppressed') return;
	const why = [result['reasons_text'], result['what_would_change_it']].filter((text) => typeof text === 'string' && text !== '').join(' ');
	throw Object.assign(new z.errors.HaltedError(`The reminder was not sent. ${why}`.trim()), { doNotContextify: true });
}

function search(operation: Operation, ask: Ask) {
	const project: Project = projector(operation.operation.outputFields);
	return {
		...operation,
		operation: {
			...operation.operation,
			perform: async (z: ZObject, bundle: Bundle) => {
				const answer = await ask.searching(z, bundle, operation.key, cleanInput(operation.operation.inputFields, bundle.inputData));
				return answer === undefined ? [] : [project(answer)];
			},
		},
	};
}
