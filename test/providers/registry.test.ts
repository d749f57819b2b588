import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { providerIds, registrySource } from '../../shared/providers/generate.ts';
import { providerOf, providers } from '../../shared/providers/registry.ts';

const folder = new URL('../../shared/providers/', import.meta.url);

describe('the registry of providers', () => {
	test('is what its generator writes; run shared/providers/generate.ts after adding a vendor', () => {
		expect(readFileSync(new URL('registry.ts', folder), 'utf8')).toBe(registrySource(providerIds()));
	});
	test('names each provider as its file is named', () => {
		for (const [id, provider] of Object.entries(providers)) {
			expect(provider.id).toBe(id);
			expect(providerOf(id)).toBe(provider);
		}
		expect(Object.keys(providers)).toEqual(providerIds());
	});
	test('gives nothing for what is no provider', () => {
		expect(providerOf('constructor')).toBeUndefined();
	});
	test('writes an id with a hyphen as a key in quotes', () => {
		expect(registrySource(['google-calendar'])).toContain("import googleCalendar from './google-calendar.ts';");
		expect(registrySource(['google-calendar'])).toContain("\t'google-calendar': googleCalendar,");
	});
	test('has a test for every provider', () => {
		const tests = readdirSync(new URL('.', import.meta.url));
		expect(providerIds().filter((id) => !tests.includes(`${id}.test.ts`))).toEqual([]);
	});
});

describe('a provider', () => {
	const files = providerIds().map((id) => [id, readFileSync(new URL(`${id}.ts`, folder), 'utf8')] as const);
	test.each(files)('%s has at most 250 lines of code', (_id, source) => {
		// Comments are free: a vendor with many quirks shall not save on their reasons.
		const code = source.split('\n').filter((line) => !/^\s*($|\/\/|\/\*\*|\*)/.test(line));
		expect(code.length).toBeLessThanOrEqual(250);
	});
	test.each(files)('%s imports contracts and helpers of its own folder, no other provider, no service', (_id, source) => {
		const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, path]) => path ?? '');
		const others = new Set(providerIds().map((id) => `./${id}.ts`));
		expect(imported.filter((path) => path.startsWith('.') && (others.has(path) || !/^(\.\.\/contracts\/|\.\/)/.test(path)))).toEqual([]);
	});
	test.each(files)('%s keeps no clock, no timer, no environment and no way out of its own', (_id, source) => {
		expect(source).not.toMatch(/Date\.now\(|new Date\(\)|setTimeout|setInterval|process\.|fetch\(|axios|console\.|Math\.random/);
	});
});
