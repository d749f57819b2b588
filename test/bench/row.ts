/** A measurement as the bench reports it. */
export interface Row {
	part: string;
	name: string;
	/** Undefined where this machine or checkout cannot tell; `note` says why. */
	measured: number | undefined;
	unit: string;
	budget?: Budget;
	note?: string;
}

export interface Budget {
	/** In the row's own unit. */
	limit: number;
	is: 'at most' | 'at least';
}

export const atMost = (limit: number): Budget => ({ limit, is: 'at most' });
export const atLeast = (limit: number): Budget => ({ limit, is: 'at least' });

/** What a row says beside its budget: the measured value as a share of it, and whether it is kept. */
export function judge({ measured, budget }: Row): { ratio?: number; met?: boolean } {
	if (measured === undefined || budget === undefined) return {};
	return { ratio: measured / budget.limit, met: budget.is === 'at most' ? measured <= budget.limit : measured >= budget.limit };
}

const grouped = (value: number): string => {
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits });
};

/** The rows as a table for people. */
export function table(rows: readonly Row[]): string {
	const cells = rows.map((row) => {
		const { ratio, met } = judge(row);
		return [
			row.part,
			row.name,
			row.measured === undefined ? 'not measured' : `${grouped(row.measured)} ${row.unit}`.trim(),
			row.budget ? `${row.budget.is} ${grouped(row.budget.limit)}` : '',
			ratio === undefined ? '' : ratio.toFixed(2),
			met === undefined ? '' : met ? 'yes' : 'NO',
			row.note ?? '',
		];
	});
	const lines = [['part', 'what', 'measured', 'budget', 'of budget', 'met', ''], ...cells];
	const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
	return lines
		.map((line) =>
			line
				.map((cell, column) => (column === 2 || column === 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}
