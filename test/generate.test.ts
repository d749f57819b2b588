import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENERATORS } from './generate.ts';

const ROOT = join(import.meta.dirname, '..');
const GENERATED = [
	'shared/contracts/policy.schema.json',
	'shared/operations/registry.ts',
	'shared/providers/registry.ts',
	'power-automate-connector/definition/apiDefinition.swagger.json',
];

describe('Generating', () => {
	let copy: string;
	beforeAll(() => {
		copy = mkdtempSync(join(tmpdir(), 'dunwell-generate-'));
		for (const folder of ['shared', 'power-automate-connector', 'package.json']) {
			cpSync(join(ROOT, folder), join(copy, folder), { recursive: true, filter: (source) => !/\/(node_modules|dist)$/.test(source) });
		}
		mkdirSync(join(copy, 'test'));
		cpSync(join(ROOT, 'test/generate.ts'), join(copy, 'test/generate.ts'));
		symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
	});
	afterAll(() => rmSync(copy, { recursive: true, force: true }));

	const run = (...args: string[]) => {
		const { status, stderr } = spawnSync(process.execPath, ['test/generate.ts', ...args], {
			cwd: copy,
			encoding: 'utf8',
			env: { ...process.env, NODE_NO_WARNINGS: '1' },
		});
		return { status, stderr };
	};
	const bytes = () => GENERATED.map((file) => readFileSync(join(copy, file), 'utf8'));

	it('runs every generator that the project has', async () => {
		const folders = await Promise.all(
			['shared', 'zapier-app', 'power-automate-connector'].map(async (folder) =>
				(await readdir(join(ROOT, folder), { recursive: true })).map((file) => join(folder, file)),
			),
		);
		const found = folders.flat().filter((file) => file.endsWith('/generate.ts') && !file.includes('node_modules'));
		expect(found.sort()).toEqual([...GENERATORS].sort());
	});

	it('names everything that is not up to date, and changes none of it, when it only checks', () => {
		for (const file of GENERATED) writeFileSync(join(copy, file), file.endsWith('.json') ? '{}\n' : `${readFileSync(join(copy, file), 'utf8')}// stale\n`);
		const before = GENERATED.map((file) => statSync(join(copy, file)).mtimeMs);
		const { status, stderr } = run('--check');
		expect(status).toBe(1);
		for (const name of ['shared/contracts/policy.schema.json', 'shared/operations/registry.ts', 'shared/providers/registry.ts', 'apiDefinition.swagger.json'])
			expect(stderr).toContain(name);
		expect(GENERATED.map((file) => statSync(join(copy, file)).mtimeMs)).toEqual(before);
	});

	it('writes what is committed here, after which a check has nothing to say', () => {
		expect(run()).toEqual({ status: 0, stderr: '' });
		expect(bytes()).toEqual(GENERATED.map((file) => readFileSync(join(ROOT, file), 'utf8')));
		expect(run('--check')).toEqual({ status: 0, stderr: '' });
	});
});
