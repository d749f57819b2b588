/**
 * Builds the Zapier app: `node zapier-app/scripts/build.ts [--public] [--bundle-only]`
 * → zapier-app/dist/index.js, then zapier-app/build/build.zip and source.zip, which `npm run zapier -- upload` sends.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Failure } from '../../shared/contracts/failure.ts';
import { bundle } from './bundle.ts';
import { CLI, cliEnvironment } from './cli.ts';

const APP = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Zapier's own packager runs in a copy that looks like an app of its own: inside the workspace it would take the root
 * as the app's folder, and in its other mode it installs from the registry, where versions may differ from the
 * lockfile. So the copy gets the very packages that the lockfile installed here.
 * @param dist the folder with the bundle
 * @param into where build.zip and source.zip go
 * @returns bytes of build.zip
 */
export async function buildZip(dist = join(APP, 'dist'), into = join(APP, 'build')): Promise<number> {
	const staging = mkdtempSync(join(tmpdir(), 'dunwell-zapier-'));
	try {
		const { scripts: _notThere, ...manifest } = JSON.parse(readFileSync(join(APP, 'package.json'), 'utf8')) as Record<string, unknown>;
		writeFileSync(join(staging, 'package.json'), JSON.stringify(manifest));
		writeFileSync(join(staging, '.gitignore'), 'node_modules/\n');
		cpSync(join(APP, '.zapierapprc'), join(staging, '.zapierapprc'));
		cpSync(dist, join(staging, 'dist'), { recursive: true });
		copyPackages('zapier-platform-core', join(staging, 'node_modules'));
		await promisify(execFile)(process.execPath, [CLI, 'build', '--skip-dep-install', '--skip-validation'], { cwd: staging, env: cliEnvironment() });
		mkdirSync(into, { recursive: true });
		for (const name of ['build.zip', 'source.zip']) cpSync(join(staging, 'build', name), join(into, name));
		return statSync(join(into, 'build.zip')).size;
	} catch (error) {
		const { stderr, stdout } = error as { stderr?: string; stdout?: string };
		throw new Failure('broken', `Zapier's packager failed: ${stderr || stdout || (error as Error).message}`);
	} finally {
		rmSync(staging, { recursive: true, force: true });
	}
}

/** Copies a package and all it depends on, each to the place under node_modules that it has here. */
function copyPackages(name: string, into: string): void {
	const seen = new Set<string>();
	const visit = (wanted: string, from: string): void => {
		const folder = packageFolder(wanted, from);
		if (seen.has(folder)) return;
		seen.add(folder);
		cpSync(folder, join(into, relative(join(ROOT, 'node_modules'), folder)), {
			recursive: true,
			// Packages nested in it are visited by themselves, if anything needs them.
			filter: (source) => source === folder || !relative(folder, source).split('/').includes('node_modules'),
		});
		const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
		for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
	};
	visit(name, APP);
}

/** Where Node would find a package from a folder. Not by require.resolve: `exports` hides package.json, and some names are Node's own too. */
function packageFolder(name: string, from: string): string {
	for (let folder = from; ; folder = dirname(folder)) {
		const candidate = join(folder, 'node_modules', name);
		if (existsSync(join(candidate, 'package.json'))) return candidate;
		if (folder === dirname(folder)) throw new Failure('broken', `The package ${name}, needed by ${from}, is not installed. Run: npm ci`);
	}
}

if (import.meta.main) {
	await bundle({ outfile: join(APP, 'dist/index.js'), publicBuild: process.argv.includes('--public') });
	if (!process.argv.includes('--bundle-only')) {
		const bytes = await buildZip();
		console.log(`zapier-app/build/build.zip: ${Math.round(bytes / 1024)} KB`);
	}
}
