/** Runs Zapier's CLI on the app, under the Node of this project: `npm run zapier -- validate --without-style`. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../node_modules/zapier-platform-cli/src/bin/run', import.meta.url));

/** No usage statistics, no look for updates: neither is needed, and both wait for the network. */
export const cliEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, DISABLE_ZAPIER_ANALYTICS: '1', NO_UPDATE_NOTIFIER: '1' });

if (import.meta.main) {
	// Inside the workspace the CLI would pack the wrong folder (see build.ts).
	const args = process.argv.slice(2);
	const target = args[0] === 'build' ? [fileURLToPath(new URL('build.ts', import.meta.url)), ...args.slice(1)] : [CLI, ...args];
	const child = spawn(process.execPath, target, { cwd: fileURLToPath(new URL('..', import.meta.url)), env: cliEnvironment(), stdio: 'inherit' });
	child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
