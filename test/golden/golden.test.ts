/** The same accounts, the same decisions: in the module, in what Zapier loads, in what Azure loads. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../power-automate-connector/scripts/build.ts';
import { policySchema } from '../../shared/contracts/policy.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import { compilePolicy } from '../../shared/rules/index.ts';
import { bundle } from '../../zapier-app/scripts/bundle.ts';
import { caseFiles, casesIn, type Expected, factsOf, type GoldenCase, policyOf, told } from './golden.ts';

type Compile = typeof compilePolicy;

/** Inside node_modules, so that the bundles find the packages they leave out. */
const FOLDER = join(import.meta.dirname, '../../node_modules/.golden');
const shipped: Record<string, Compile> = {};

beforeAll(async () => {
	mkdirSync(FOLDER, { recursive: true });
	const files = { 'the Zapier bundle': join(FOLDER, 'zapier.mjs'), 'the Function bundle': join(FOLDER, 'functions.mjs') };
	await Promise.all([bundle({ outfile: files['the Zapier bundle'] }), bundleFunctions(files['the Function bundle'])]);
	for (const [name, file] of Object.entries(files)) shipped[name] = ((await import(pathToFileURL(file).href)) as { compilePolicy: Compile }).compilePolicy;
}, 120_000);
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const decide = (compile: Compile, golden: GoldenCase): Expected =>
	told(compile(policyOf(golden), 'golden').decide(factsOf(golden), Date.parse(golden.at), golden.request));

/** Only what the case speaks of: a case about hours does not repeat the events. */
const spokenOf = (all: Expected, golden: GoldenCase): Partial<Expected> =>
	Object.fromEntries(Object.keys(golden.expect).map((key) => [key, all[key as keyof Expected]]));

const files = caseFiles();
const everyCase = files.flatMap(casesIn);

describe('the golden file', () => {
	it('has at least 150 accounts, each told apart by its name, each with a reason or an outcome to check', () => {
		expect(everyCase.length).toBeGreaterThanOrEqual(150);
		expect(everyCase.map((golden) => golden.case).filter((name, index, names) => names.indexOf(name) !== index)).toEqual([]);
		expect(everyCase.filter((golden) => golden.rules.length === 0 || Object.keys(golden.expect).length < 2).map((golden) => golden.case)).toEqual([]);
	});

	it('uses policies that a practice could save', () => {
		expect(everyCase.filter((golden) => errorsOf(policySchema, policyOf(golden)).length > 0).map((golden) => golden.case)).toEqual([]);
	});
});

for (const file of files) {
	describe(file, () => {
		for (const golden of casesIn(file)) {
			it(golden.case, () => {
				expect(spokenOf(decide(compilePolicy, golden), golden)).toEqual(golden.expect);
			});
		}
	});
}

describe.each(['the Zapier bundle', 'the Function bundle'])('%s', (name) => {
	it('decides every account as the module does, to the last word', () => {
		const compile = shipped[name] as Compile;
		expect(everyCase.map((golden) => [golden.case, decide(compile, golden)])).toEqual(everyCase.map((golden) => [golden.case, decide(compilePolicy, golden)]));
	});
});
