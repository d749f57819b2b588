/** Answers as people read them in a terminal. */

/** A cell: lists become words, absent values nothing. */
export function cell(value: unknown): string {
	if (value === null || value === undefined) return '';
	if (Array.isArray(value)) return value.map(cell).join(', ');
	if (typeof value === 'object') return JSON.stringify(value);
	if (typeof value === 'boolean') return value ? 'yes' : 'no';
	return String(value).replaceAll(/\s*\n\s*/g, ' · ');
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(rows: readonly Record<string, unknown>[], columns: readonly string[], none = 'Nothing yet.'): string {
	if (rows.length === 0) return none;
	const lines = [columns.map(heading), ...rows.map((row) => columns.map((column) => cell(row[column])))];
	const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
	return lines
		.map((line) =>
			line
				.map((text, i) => (i === line.length - 1 ? text : text.padEnd(widths[i] ?? 0)))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}

/** One line for each value that is there. */
export function facts(record: Record<string, unknown>, names: readonly string[] = Object.keys(record)): string {
	const shown = names.filter((name) => cell(record[name]) !== '');
	const width = Math.max(0, ...shown.map((name) => heading(name).length));
	return shown.map((name) => `${heading(name).padEnd(width)}  ${cell(record[name])}`).join('\n');
}

const heading = (name: string): string => name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
