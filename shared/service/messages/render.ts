/** Liquid, strictly: a field that is absent or unknown, or a filter that is none, is an error, so that nothing leaves with a hole in it. */
import { Liquid, type Template } from 'liquidjs';
import type { Values } from '../../rules/content/fields.ts';

// With lenientIf a text may ask for a field before it names it: {% if amount %}…{% endif %}.
const engine = new Liquid({ strictVariables: true, strictFilters: true, lenientIf: true, ownPropertyOnly: true });

const parsed = new Map<string, Template[]>();
const MOST_PARSED = 2000;

/** @throws an error of the template engine: its message quotes the text, never a value */
export function render(source: string, values: Values): string {
	let template = parsed.get(source);
	if (template === undefined) {
		template = engine.parse(source);
		if (parsed.size >= MOST_PARSED) parsed.clear();
		parsed.set(source, template);
	}
	return String(engine.renderSync(template, values)).trim();
}
