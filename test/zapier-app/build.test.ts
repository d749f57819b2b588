/** The app as it is shipped: the bundle alone, then the zip unpacked into a folder of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import AdmZip from 'adm-zip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../shared/contracts/operation.ts';
import type { TSchema } from '../../shared/contracts/schema.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import { buildZip } from '../../zapier-app/scripts/build.ts';
import { bundle } from '../../zapier-app/scripts/bundle.ts';
import { CLI, cliEnvironment } from '../../zapier-app/scripts/cli.ts';
import { validatorSource } from '../../zapier-app/scripts/validators.ts';
import type { PureOperation } from '../../zapier-app/src/app.ts';
import { derive, zapierInput } from '../../zapier-app/src/derive.ts';
import { actions } from './kit.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dunwell-zapier-test-'));
let inputs: string[];
let zip: AdmZip;
let zipBytes: number;

const manifest = (exports: string) =>
	JSON.stringify({ name: 'dunwell-zapier', version: '0.1.0', type: 'module', exports, dependencies: { 'zapier-platform-core': '19.1.0' } });

/** Runs a module in a process of its own, in a folder, and reads the JSON it prints after RESULT. */
function inChild<T>(cwd: string, source: string): T {
	const path = join(cwd, 'child.mjs');
	writeFileSync(path, source);
	try {
		const out = execFileSync(process.execPath, [path], { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } });
		// Core prints lines of its own.
		return JSON.parse(/^RESULT (.*)$/m.exec(out)?.[1] ?? '') as T;
	} finally {
		rmSync(path);
	}
}

beforeAll(async () => {
	inputs = Object.keys((await bundle({ outfile: join(folder, 'dist/index.js') })).inputs);
	zipBytes = await buildZip(join(folder, 'dist'), join(folder, 'build'));
	zip = new AdmZip(join(folder, 'build/build.zip'));
	zip.extractAllTo(join(folder, 'unpacked'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the bundle', () => {
	it('carries no TypeBox, no ajv but two small files of its generated code, no provider, ledger or service', () => {
		expect(inputs.filter((path) => path.includes('node_modules')).sort()).toEqual([
			'node_modules/ajv-formats/dist/formats.js',
			'node_modules/ajv/dist/runtime/ucs2length.js',
		]);
		expect(inputs.filter((path) => /shared\/(providers|ledger|service|cli|files)\//.test(path))).toEqual([]);
		expect(inputs).toContain('zapier-app/scripts/typebox-stub.ts');
	});

	it('names no path of the machine that built it, and no key', () => {
		const text = readFileSync(join(folder, 'dist/index.js'), 'utf8');
		expect(text).not.toContain(ROOT);
		expect(text).not.toMatch(/(test|live)_pr[a-z0-9]+_|BEGIN [A-Z ]*PRIVATE KEY|sk_live_/);
	});
});

describe('build.zip', () => {
	it('is at most 850 KB', () => {
		expect(zipBytes).toBeLessThanOrEqual(850 * 1024);
	});

	it("contains the bundle and Zapier's packages, and nothing of ours beside them", () => {
		const names = zip.getEntries().map(({ entryName }) => entryName);
		expect(names.filter((name) => !name.startsWith('node_modules/')).sort()).toEqual(['definition.json', 'dist/index.js', 'package.json', 'zapierwrapper.js']);
		expect(names.filter((name) => /(^|\/)(\.env|\.git|shared\/|test\/fixtures|.*\.map$)/.test(name))).toEqual([]);
		expect(
			new AdmZip(join(folder, 'build/source.zip'))
				.getEntries()
				.map(({ entryName }) => entryName)
				.sort(),
		).toEqual(['.gitignore', '.zapierapprc', 'dist/index.js', 'package.json']);
	});

	it("loads by Zapier's wrapper with its own packages alone, and defines what the catalogue says", () => {
		const { node, results } = inChild<{ node: number; results: ReturnType<typeof derive> & { platformVersion: string } }>(
			join(folder, 'unpacked'),
			`import { handler } from './zapierwrapper.js';
			const { results } = await handler({ command: 'definition' });
			console.log('RESULT ' + JSON.stringify({ node: Number(process.versions.node.split('.')[0]), results }));`,
		);
		expect(node).toBeGreaterThanOrEqual(22);
		expect(results.platformVersion).toBe('19.1.0');
		const expected = derive(catalogue);
		for (const kind of ['triggers', 'creates', 'searches'] as const) {
			expect(Object.keys(results[kind]).sort()).toEqual(Object.keys(expected[kind]).sort());
			for (const [key, operation] of Object.entries(expected[kind])) {
				expect(results[kind][key]).toMatchObject(JSON.parse(JSON.stringify(operation)) as object);
			}
		}
	});

	it('decides as the rules of the source do, without a service', async () => {
		const operation = catalogue.find(({ key }) => key === 'check_reminder_rules') as Action;
		const now = Date.parse('2026-11-24T18:00:00Z');
		const here = await Promise.all(operation.examples.map((example) => operation.run({ now, service: undefined as never }, example as never)));
		const there = inChild<unknown[]>(
			join(folder, 'unpacked'),
			`import { handler } from './zapierwrapper.js';
			Date.now = () => ${now};
			const examples = ${JSON.stringify(operation.examples)};
			const out = [];
			for (const inputData of examples) out.push((await handler({ command: 'execute', method: 'searches.check_reminder_rules.operation.perform', bundle: { inputData, authData: {} } })).results[0]);
			console.log('RESULT ' + JSON.stringify(out));`,
		);
		expect(there).toEqual(here);
	});
});

describe('a precompiled validator', () => {
	it('says the same as ajv of every example and counter-example', async () => {
		for (const operation of actions.filter(({ pure }) => pure)) {
			const schema = zapierInput(operation);
			const path = join(folder, `${operation.key}.mjs`);
			// Its two requires are resolved from the project, as esbuild does.
			writeFileSync(
				path,
				`import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(pathToFileURL(join(ROOT, 'package.json')).href)});\n${validatorSource(schema)}`,
			);
			const { default: validate } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { default: never };
			const { pureOperation } = await import('../../zapier-app/src/pure.ts');
			const precompiled: PureOperation = pureOperation(operation.key, operation.run as never, validate);
			const values = [
				...operation.examples,
				...operation.counterExamples.map(({ value }) => value),
				{ amount: 0.29 },
				{ amount: 10.005 },
				{ amount: 1e-7 },
				null,
				'text',
			];
			for (const value of values) expect(precompiled.validate(value)).toEqual(errorsOf(schema as unknown as TSchema, value));
			expect(values.filter((value) => precompiled.validate(value).length > 0).length).toBeGreaterThanOrEqual(operation.counterExamples.length);
		}
	});
});

describe("Zapier's CLI", () => {
	it('finds the app structurally sound', () => {
		const app = join(folder, 'app');
		mkdirSync(join(app, 'node_modules'), { recursive: true });
		symlinkSync(join(ROOT, 'node_modules/zapier-platform-core'), join(app, 'node_modules/zapier-platform-core'));
		cpSync(join(folder, 'dist'), join(app, 'dist'), { recursive: true });
		writeFileSync(join(app, 'package.json'), manifest('./dist/index.js'));
		const out = execFileSync(process.execPath, [CLI, 'validate', '--without-style', '--format', 'json'], { cwd: app, encoding: 'utf8', env: cliEnvironment() });
		expect(out).toMatch(/^\s*\[\]\s*$/m);
		expect(existsSync(join(app, 'zapierwrapper.js'))).toBe(false);
	}, 60_000);
});
