/** Builds the Function app: `node power-automate-connector/scripts/build.ts` → power-automate-connector/dist/functions.js. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Packages among the bundled ones are CommonJS and ask for Node's modules by `require`, which an ES module does not have. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * src/functions.ts and everything it needs except @azure/functions → one file, as Azure's worker loads it.
 * @returns which files went in, so that a test can say what must not
 */
export async function bundleFunctions(outfile: string): Promise<Metafile> {
	const result = await build({
		entryPoints: [at('../src/functions.ts')],
		outfile,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node22',
		// The worker lends its own functions-core to whoever asks by `require`: @azure/functions does, an ES module cannot.
		external: ['@azure/functions', '@azure/functions-core', 'pg-native'],
		plugins: [withoutEmbeddedDatabase, fontsInside],
		banner: { js: REQUIRE },
		define: { 'process.env.NODE_ENV': '"production"' },
		minify: true,
		legalComments: 'none',
		metafile: true,
		logLevel: 'warning',
	});
	return result.metafile;
}

/** PGlite is 10 MB of WebAssembly for a folder that Azure throws away with the instance; src/service.ts asks for DATABASE_URL. */
const withoutEmbeddedDatabase: Plugin = {
	name: 'without-embedded-database',
	setup(esbuild) {
		esbuild.onLoad({ filter: /[\\/]shared[\\/]ledger[\\/]embedded\.ts$/ }, () => ({
			contents: `import { LedgerUnavailable } from './unavailable.ts';
export const openEmbedded = async () => { throw new LedgerUnavailable('The Function app has no embedded database: set DATABASE_URL.'); };`,
			resolveDir: at('../../shared/ledger'),
		}));
	},
};

/** For Node pdfkit reads its fonts' metrics from files beside it; its build for browsers takes them as modules, which letter.ts gives it. */
const fontsInside: Plugin = {
	name: 'fonts-inside',
	setup(esbuild) {
		esbuild.onResolve({ filter: /^pdfkit$/ }, () => ({ path: fileURLToPath(new URL('pdfkit.browser.mjs', import.meta.resolve('pdfkit'))) }));
	},
};

if (import.meta.main) {
	const outfile = at('../dist/functions.js');
	await bundleFunctions(outfile);
	console.log(`power-automate-connector/dist/functions.js: ${Math.round(statSync(outfile).size / 1024)} KB`);
}
