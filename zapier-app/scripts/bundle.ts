/** src/index.ts and everything it needs except Zapier's core → one file, as Zapier loads it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import type { Action, Operation } from '../../shared/contracts/operation.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import { derive, zapierInput } from '../src/derive.ts';
import { validatorSource } from './validators.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface BundleOptions {
	outfile: string;
	/** For the listing that everybody sees: operations of the tier `extra` are hidden. */
	publicBuild?: boolean;
	operations?: readonly Operation[];
}

/** @returns which files went in, so that a test can say what must not. */
export async function bundle({ outfile, publicBuild = false, operations = catalogue }: BundleOptions): Promise<Metafile> {
	const result = await build({
		entryPoints: [at('../src/index.ts')],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node22',
		// The wrapper that Zapier adds must share this very copy.
		external: ['zapier-platform-core'],
		alias: { typebox: at('./typebox-stub.ts') },
		plugins: [generated(operations, publicBuild)],
		minify: true,
		// Stack traces are shown to nobody, but names help in Zapier's own logs.
		keepNames: false,
		legalComments: 'none',
		metafile: true,
		logLevel: 'warning',
	});
	return result.metafile;
}

const isPure = (operation: Operation): operation is Action => operation.kind !== 'trigger' && operation.pure === true && operation.surfaces.includes('zapier');

function generated(operations: readonly Operation[], publicBuild: boolean): Plugin {
	const pure = operations.filter(isPure);
	return {
		name: 'dunwell',
		setup(esbuild) {
			esbuild.onResolve({ filter: /^dunwell:/ }, ({ path }) => ({ path, namespace: 'dunwell' }));
			esbuild.onLoad({ filter: /^dunwell:generated$/, namespace: 'dunwell' }, () => ({
				contents: generatedSource(operations, pure, publicBuild),
				resolveDir: at('.'),
			}));
			esbuild.onLoad({ filter: /^dunwell:validator\//, namespace: 'dunwell' }, ({ path }) => {
				const operation = pure.find(({ key }) => path.endsWith(`/${key}`));
				return { contents: validatorSource(operation ? zapierInput(operation) : {}), resolveDir: at('.') };
			});
		},
	};
}

function generatedSource(operations: readonly Operation[], pure: readonly Action[], publicBuild: boolean): string {
	const { version } = JSON.parse(readFileSync(at('../package.json'), 'utf8')) as { version: string };
	// Parsing one string is quicker than compiling an object literal of the same size.
	const definition = JSON.stringify(JSON.stringify(derive(operations, { publicBuild })));
	return [
		`import { pureOperation } from ${JSON.stringify(at('../src/pure.ts'))};`,
		...pure.map(
			({ key }, index) =>
				`import operation${index} from ${JSON.stringify(at(`../../shared/operations/${key}.ts`))};\nimport validate${index} from 'dunwell:validator/${key}';`,
		),
		`export const version = ${JSON.stringify(version)};`,
		`export const definition = JSON.parse(${definition});`,
		`export const pure = { ${pure.map(({ key }, index) => `${key}: pureOperation('${key}', operation${index}.run, validate${index})`).join(', ')} };`,
	].join('\n');
}
