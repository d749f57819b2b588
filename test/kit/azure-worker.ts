/**
 * Runs in a process of its own and stands for Azure's Node worker and the host before it: lends functions-core to
 * whoever asks by `require`, loads the app, keeps what it registers, and calls a function when it is told to. An HTTP
 * call goes as on Azure with streaming: the host passes the request on to the worker's own port, under the id of the
 * invocation.
 */
import { randomUUID } from 'node:crypto';
import Module from 'node:module';
import { pathToFileURL } from 'node:url';

type Binding = Record<string, unknown> & { name?: string; type: string; direction: 'in' | 'out' };

export interface Registration {
	name: string;
	bindings: Record<string, Binding>;
}

export interface HttpCall {
	method: string;
	path: string;
	headers: Record<string, string>;
	body?: string;
}

/** What the parent asks for: an HTTP call of a function, or a run of one with what its trigger hands over. */
export type Command = { id: number; name: string } & ({ http: HttpCall } | { input: string } | { terminate: true });

export interface LogLine {
	level: string;
	category: string;
	message: string;
}

export interface Reply {
	id: number;
	status?: number;
	headers?: [string, string][];
	body?: string;
	/** Values of output bindings, by the queue they go to. */
	outputs: Record<string, unknown>;
	error?: string;
	logs: LogLine[];
	ms: number;
}

export interface Loaded {
	functions: Registration[];
	hooks: string[];
	loadMs: number;
}

interface Model {
	getCapabilities(capabilities: object): Promise<{ HttpUri?: string }>;
	getInvocationModel(context: object): {
		getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
		invokeFunction(context: unknown, inputs: unknown[], callback: unknown): Promise<unknown>;
		getResponse(context: unknown, result: unknown): Promise<{ outputData: { name: string; data: Record<string, string> }[] }>;
	};
}

const registered = new Map<string, { metadata: Registration; callback: unknown }>();
const hooks = new Map<string, (context: object) => unknown>();
let model: Model | undefined;

/** The worker's own module, https://github.com/Azure/azure-functions-nodejs-worker: src/coreApi. */
const core = {
	version: '3.11.0',
	registerFunction(metadata: Registration, callback: unknown) {
		if (registered.has(metadata.name)) throw new Error(`The function ${metadata.name} is registered twice.`);
		registered.set(metadata.name, { metadata, callback });
		return { dispose: () => undefined };
	},
	registerHook(name: string, callback: (context: object) => unknown) {
		hooks.set(name, callback);
		return { dispose: () => undefined };
	},
	setProgrammingModel(given: Model) {
		model = given;
	},
	log: () => undefined,
};

const prototype = Module.prototype as unknown as { require(id: string): unknown };
const requireOfNode = prototype.require;
prototype.require = function (this: unknown, id: string): unknown {
	return id === '@azure/functions-core' ? core : requireOfNode.call(this, id);
};

async function run(command: Command, origin: string): Promise<Omit<Reply, 'id' | 'ms'>> {
	if ('terminate' in command) {
		await hooks.get('appTerminate')?.({});
		return { outputs: {}, logs: [] };
	}
	const found = registered.get(command.name);
	if (!found || !model) throw new Error(`There is no function ${command.name}.`);
	const logs: LogLine[] = [];
	const invocationId = randomUUID();
	const { bindings } = found.metadata;
	const trigger = Object.entries(bindings).find(([, binding]) => binding.direction === 'in')?.[0];
	const http = 'http' in command ? command.http : undefined;
	const invocation = model.getInvocationModel({
		invocationId,
		metadata: found.metadata,
		request: {
			inputData: [{ name: trigger, data: 'input' in command ? { string: command.input } : { http: {} } }],
			triggerMetadata: http ? { Headers: { json: JSON.stringify(http.headers) } } : {},
		},
		state: 'invocation',
		log: (level: string, category: string, message: string) => logs.push({ level, category, message }),
	});
	const answer = http ? passOn(origin, invocationId, http) : undefined;
	try {
		const { context, inputs } = await invocation.getArguments();
		const result = await invocation.invokeFunction(context, inputs, found.callback);
		const { outputData } = await invocation.getResponse(context, result);
		const outputs = Object.fromEntries(
			outputData.map(({ name, data }) => [String(bindings[name]?.['queueName']), JSON.parse(data['json'] ?? JSON.stringify(data['string']))]),
		);
		return { ...(await answer), outputs, logs };
	} catch (error) {
		return { outputs: {}, logs, error: error instanceof Error ? error.message : String(error) };
	}
}

async function passOn(origin: string, invocationId: string, { method, path, headers, body }: HttpCall): Promise<Pick<Reply, 'status' | 'headers' | 'body'>> {
	const response = await fetch(new URL(path, origin), {
		method,
		redirect: 'manual',
		headers: { ...headers, 'x-ms-invocation-id': invocationId, 'x-forwarded-host': 'dunwell.example', 'x-forwarded-proto': 'https' },
		...(body === undefined ? {} : { body }),
	});
	return { status: response.status, headers: [...response.headers], body: await response.text() };
}

const started = performance.now();
await import(pathToFileURL(process.argv[2] ?? '').href);
const loadMs = performance.now() - started;
const origin = (await model?.getCapabilities({}))?.HttpUri ?? '';

process.on('message', (command: Command) => {
	const before = performance.now();
	run(command, origin).then(
		(reply) => process.send?.({ id: command.id, ...reply, ms: performance.now() - before } satisfies Reply),
		(error: unknown) => process.send?.({ id: command.id, outputs: {}, logs: [], error: String(error), ms: 0 } satisfies Reply),
	);
});
process.on('disconnect', () => process.exit());
process.send?.({ functions: [...registered.values()].map(({ metadata }) => metadata), hooks: [...hooks.keys()], loadMs } satisfies Loaded);
