/** Writes the connector's definition from the catalogue: `node power-automate-connector/scripts/generate.ts`, or `--check` to only compare. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../../shared/operations/registry.ts';
import { ABOUT } from './about.ts';
import { iconPng } from './icon.ts';
import { apiProperties, settings } from './properties.ts';
import { readmeWith } from './readme.ts';
import { swaggerOf } from './swagger.ts';

export const DEFINITION = new URL('../definition/', import.meta.url);

/** Four spaces: Microsoft's coding standard for these files. */
const json = (value: unknown): string => `${JSON.stringify(value, null, 4)}\n`;

/** Every generated file's name and bytes. */
export const definitionFiles = (): Map<string, Buffer> =>
	new Map(
		Object.entries({
			'apiDefinition.swagger.json': json(swaggerOf(catalogue)),
			'apiProperties.json': json(apiProperties()),
			'settings.json': json(settings()),
			'readme.md': readmeWith(readFileSync(new URL('readme.md', DEFINITION), 'utf8'), catalogue),
			'icon.png': iconPng(ABOUT.brandColor),
		}).map(([name, content]) => [name, Buffer.from(content)]),
	);

/** Names of the files that are not what the catalogue says. */
export const staleFiles = (): string[] => [...definitionFiles()].filter(([name, bytes]) => !same(new URL(name, DEFINITION), bytes)).map(([name]) => name);

const same = (file: URL, bytes: Buffer): boolean => existsSync(file) && readFileSync(file).equals(bytes);

if (import.meta.main) {
	const stale = staleFiles();
	if (!process.argv.includes('--check')) for (const [name, bytes] of definitionFiles()) writeFileSync(new URL(name, DEFINITION), bytes);
	else if (stale.length > 0) {
		console.error(`power-automate-connector/definition is not what the catalogue says: ${stale.join(', ')}. Run: npm run generate`);
		process.exitCode = 1;
	}
}
