/** The operations that need no service, as a flow calls them: the Zapier app's own search, and what the Function bundle runs. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import zapier from 'zapier-platform-core';
import { bundleFunctions } from '../../power-automate-connector/scripts/build.ts';
import type { Action, Operation } from '../../shared/contracts/operation.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import { bundle } from '../../zapier-app/scripts/bundle.ts';

interface PureCase {
	case: string;
	/** ISO 8601 with offset. */
	at: string;
	input: Record<string, unknown>;
	expect: Record<string, unknown>;
}
type Answer = Record<string, unknown>;
type App = Record<string, unknown> & { searches: Record<string, { operation: { perform: unknown } }> };

const KEYS = ['check_reminder_rules', 'classify_denial'];
const casesOf = (key: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'pure', `${key}.json`), 'utf8')) as PureCase[];

/** Inside node_modules, so that the bundles find the packages they leave out. */
const FOLDER = join(import.meta.dirname, '../../node_modules/.golden-pure');
let app: App;
let functions: readonly Operation[];

beforeAll(async () => {
	mkdirSync(FOLDER, { recursive: true });
	const [ofZapier, ofAzure] = [join(FOLDER, 'zapier.mjs'), join(FOLDER, 'functions.mjs')];
	await Promise.all([bundle({ outfile: ofZapier }), bundleFunctions(ofAzure)]);
	app = ((await import(pathToFileURL(ofZapier).href)) as { default: App }).default;
	functions = ((await import(pathToFileURL(ofAzure).href)) as { catalogue: readonly Operation[] }).catalogue;
}, 120_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));
afterEach(() => vi.useRealTimers());

/** Without a service: asking for one would throw. */
const ran = (operations: readonly Operation[], key: string, { at, input }: PureCase): Promise<Answer> => {
	const operation = operations.find((one) => one.key === key) as Action;
	return operation.run({ now: Date.parse(at), service: undefined as never }, input as never) as Promise<Answer>;
};

async function searched(key: string, { at, input }: PureCase): Promise<Answer> {
	vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(at) });
	const test = zapier.createAppTester(app as never);
	const found = (await test(app.searches[key]?.operation.perform as never, { inputData: input, authData: {} } as never)) as unknown as Answer[];
	return found[0] as Answer;
}

describe.each(KEYS)('%s', (key) => {
	it.each(casesOf(key).map((one) => [one.case, one] as const))('%s', async (_, one) => {
		const here = await ran(catalogue, key, one);
		expect(here).toMatchObject(one.expect);
		expect(await ran(functions, key, one)).toEqual(here);
		expect(await searched(key, one)).toMatchObject(here);
	});
});
