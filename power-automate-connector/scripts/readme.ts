/** The generated part of definition/readme.md: one heading for each operation a maker sees. */
import type { Operation } from '../../shared/contracts/operation.ts';
import { forPowerAutomate } from './swagger.ts';

const KINDS = [
	['trigger', 'Trigger'],
	['action', 'Action'],
	['search', 'Search'],
] as const;

export function supportedOperations(catalogue: readonly Operation[]): string {
	const operations = forPowerAutomate(catalogue);
	return KINDS.flatMap(([kind, word]) =>
		operations.filter((operation) => operation.kind === kind).map((operation) => `### ${operation.summary}\n${word}. ${operation.description}`),
	).join('\n\n');
}

const SECTION = /(\n## Supported Operations\n)[\s\S]*?(?=\n## )/;

/** The readme with its section renewed; the rest is written by hand. @throws Error when the heading is gone */
export function readmeWith(readme: string, catalogue: readonly Operation[]): string {
	if (!SECTION.test(readme))
		throw new Error('definition/readme.md lacks the heading "## Supported Operations" followed by another "## " heading. Put it back.');
	return readme.replace(SECTION, (_all, heading: string) => `${heading}${supportedOperations(catalogue)}\n`);
}
