/** Imports run one way, and what a file is called is what it is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operationKeys } from '../shared/operations/generate.ts';
import { catalogue, operations } from '../shared/operations/registry.ts';
import { providers } from '../shared/providers/registry.ts';

const ROOT = join(import.meta.dirname, '..');

interface Layer {
	folder: string;
	/** Layers it may import, besides itself. */
	may: string[];
	/** Layers of which it may import types: erased before it runs. */
	mayTypes?: string[];
	/** Single files of other layers that open no database and no port. */
	mayFiles?: string[];
	/** Packages and Node modules; absent means any. */
	packages?: RegExp;
}

const CONTRACTS = 'shared/contracts';
const RULES = 'shared/rules';
const OPERATIONS = 'shared/operations';
const LEDGER = 'shared/ledger';
const SERVICE = 'shared/service';
const PROVIDERS = 'shared/providers';
const FILES = 'shared/files';
const NONE = /^$/;

const LAYERS: Layer[] = [
	{ folder: CONTRACTS, may: [], mayTypes: [OPERATIONS], packages: /^(typebox|ajv|ajv-formats)(\/|$)/ },
	{ folder: RULES, may: [CONTRACTS], packages: NONE },
	{ folder: OPERATIONS, may: [CONTRACTS, RULES], packages: NONE },
	{ folder: PROVIDERS, may: [CONTRACTS], packages: /^node:(crypto|buffer)$|^@microsoft\/microsoft-graph-client$|^nodemailer\/lib\/mail-composer$/ },
	{ folder: FILES, may: [CONTRACTS, RULES], packages: NONE },
	{ folder: LEDGER, may: [CONTRACTS] },
	{ folder: SERVICE, may: [CONTRACTS, RULES, OPERATIONS, PROVIDERS, FILES, LEDGER] },
	{ folder: 'shared/cli', may: [CONTRACTS, RULES, OPERATIONS], mayFiles: ['shared/service/messages/own-texts.ts', 'shared/service/messages/sources.ts'] },
	{ folder: 'zapier-app/src', may: [CONTRACTS, RULES, OPERATIONS], packages: /^zapier-platform-core$|^node:|^dunwell:generated$/ },
	{ folder: 'zapier-app/scripts', may: [CONTRACTS, RULES, OPERATIONS, 'zapier-app/src'] },
	{ folder: 'power-automate-connector/src', may: [CONTRACTS, RULES, OPERATIONS, LEDGER, SERVICE] },
	{ folder: 'power-automate-connector/scripts', may: [CONTRACTS, RULES, OPERATIONS, 'power-automate-connector/src'] },
];

/** Run by hand or by a test, never by the product: it reads its own folder. */
const isGenerator = (file: string): boolean => basename(file) === 'generate.ts';

const filesIn = (folder: string): string[] =>
	existsSync(join(ROOT, folder))
		? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
				.filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
				.map((name) => join(folder, name))
		: [];

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Import {
	from: string;
	typeOnly: boolean;
}

/** `import … from`, `export … from`, a bare `import`, `import()` and `require()`. */
const importsOf = (file: string): Import[] => {
	const text = textOf(file);
	const statements = [...text.matchAll(/^\s*(import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'/gm)].map((match) => ({
		from: match[3] ?? '',
		typeOnly: match[2] !== undefined,
	}));
	const others = [...text.matchAll(/^\s*import\s+'([^']+)'|\b(?:import|require)\(\s*'([^']+)'/gm)].map((match) => ({
		from: match[1] ?? match[2] ?? '',
		typeOnly: false,
	}));
	return [...statements, ...others];
};

const layerOf = (path: string): string | undefined => LAYERS.find(({ folder }) => path === folder || path.startsWith(`${folder}/`))?.folder;

/** What a file imports, as a path from the root; undefined for a package. */
const targetOf = (file: string, from: string): string | undefined => (from.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), from)) : undefined);

const faults = (layer: Layer, file: string): string[] =>
	importsOf(file).flatMap(({ from, typeOnly }) => {
		const target = targetOf(file, from);
		if (target === undefined)
			return layer.packages === undefined || layer.packages.test(from) || typeOnly || isGenerator(file) ? [] : [`${file} imports ${from}`];
		const to = layerOf(target);
		if (to === layer.folder || target === 'package.json') return [];
		const allowed = (to !== undefined && (layer.may.includes(to) || (typeOnly && layer.mayTypes?.includes(to) === true))) || layer.mayFiles?.includes(target);
		return allowed ? [] : [`${file} imports ${target}`];
	});

describe('Imports', () => {
	it('are seen in every form they can be written in', () => {
		expect(importsOf('shared/ledger/open.ts')).toEqual(
			expect.arrayContaining([
				{ from: './ledger.ts', typeOnly: true },
				{ from: './embedded.ts', typeOnly: false },
			]),
		);
		expect(importsOf('test/architecture.test.ts').map(({ from }) => from)).toEqual(
			expect.arrayContaining(['node:path', 'vitest', '../shared/operations/registry.ts']),
		);
	});

	it('against the direction are found', () => {
		const file = 'shared/ledger/unavailable.ts';
		expect(faults({ folder: LEDGER, may: [SERVICE] }, file)).toEqual([`${file} imports shared/contracts/failure.ts`]);
		expect(faults({ folder: LEDGER, may: [CONTRACTS], packages: NONE }, 'shared/ledger/pglite.ts')).toEqual([
			'shared/ledger/pglite.ts imports @electric-sql/pglite',
		]);
	});

	for (const layer of LAYERS) {
		it(`of ${layer.folder} go to ${layer.may.join(', ') || 'no other layer'}`, () => {
			const files = filesIn(layer.folder);
			expect(files.length).toBeGreaterThan(0);
			expect(files.flatMap((file) => faults(layer, file))).toEqual([]);
		});
	}

	it('of a provider go to no other provider, and of an operation to no other operation', () => {
		const named = (folder: string, ids: string[]) => new Set(ids.map((id) => `${folder}/${id}.ts`));
		for (const units of [named(PROVIDERS, Object.keys(providers)), named(OPERATIONS, Object.keys(operations))]) {
			const crossing = [...units].flatMap((file) =>
				importsOf(file)
					.filter(({ from }) => units.has(targetOf(file, from) ?? ''))
					.map(({ from }) => `${file} imports ${from}`),
			);
			expect(crossing).toEqual([]);
		}
	});

	it('of shared never reach a connector, and shared is no package', () => {
		const outward = filesIn('shared').flatMap((file) =>
			importsOf(file)
				.filter(({ from }) => /^(zapier-app|power-automate-connector)\//.test(targetOf(file, from) ?? from))
				.map(({ from }) => `${file} imports ${from}`),
		);
		expect(outward).toEqual([]);
		expect(existsSync(join(ROOT, 'shared/package.json'))).toBe(false);
	});
});

describe('A name', () => {
	it("of an operation's file is its key, and the registry holds exactly the folder", () => {
		expect(Object.keys(operations)).toEqual(operationKeys());
		expect(Object.entries(operations).map(([name, operation]) => [name, operation.key])).toEqual(operationKeys().map((key) => [key, key]));
		expect(catalogue.length).toBe(operationKeys().length);
	});

	it("of a provider's file is its id, and the registry holds exactly the folder", () => {
		const inFolder = filesIn(PROVIDERS)
			.filter((file) => textOf(file).includes('export default'))
			.map((file) => basename(file, '.ts'))
			.sort();
		expect(Object.keys(providers)).toEqual(inFolder.filter((name) => name !== 'generate'));
		expect(Object.entries(providers).map(([name, provider]) => [name, provider.id])).toEqual(Object.keys(providers).map((id) => [id, id]));
	});

	it('of a vendor is in no connector', () => {
		const vendors = Object.values(providers).filter(({ hosts }) => hosts.length > 0);
		expect(vendors.length).toBeGreaterThan(0);
		const words = new RegExp(`\\b(${vendors.flatMap(({ id, label }) => [id, label.replace(/[.*+?^$(){}|[\]\\]/g, '\\$&')]).join('|')})\\b`, 'i');
		const files = ['zapier-app/src', 'power-automate-connector/src', 'power-automate-connector/scripts'].flatMap(filesIn);
		expect(files.filter((file) => words.test(textOf(file)))).toEqual([]);
	});
});
