/** Import Balances: rows as they come from a sheet. */
import type { BalanceFact } from '../../contracts/facts.ts';
import { Failure, type FieldError } from '../../contracts/failure.ts';
import { errorsOf } from '../../contracts/validate.ts';
import { row as rowSchema } from '../../operations/import_balances.ts';
import type { Service } from '../../operations/registry.ts';
import type { BalanceOutcome } from '../facts.ts';
import { importFacts } from '../imports.ts';
import { nudge } from '../nudge.ts';
import { once } from '../once.ts';
import { type Practice, readPractice } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { type BalanceInput, balanceFact } from './fact.ts';

/** Rows one by one against the strict schema: good rows are kept, bad ones come back with the remedy and never with the value. */
function readRows(
	rows: readonly unknown[],
	practice: Practice,
	source: string,
	now: number,
): { facts: { fact: BalanceFact; position: number }[]; problems: (FieldError & { position: number })[] } {
	const facts: { fact: BalanceFact; position: number }[] = [];
	const problems: (FieldError & { position: number })[] = [];
	rows.forEach((value, i) => {
		const position = i + 1;
		const errors = errorsOf(rowSchema, value);
		if (errors.length > 0) {
			problems.push(...errors.map((error) => ({ ...error, position })));
			return;
		}
		try {
			facts.push({ fact: balanceFact(value as BalanceInput, practice, source, now), position });
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			problems.push(...error.fields.map((field) => ({ ...field, position })));
		}
	});
	return { facts, problems };
}

export const importBalances =
	(deps: Deps, caller: Caller): Service['import_balances'] =>
	async (input) => {
		const source = input.source_name ?? 'import';
		const answer = await once(deps, caller, 'import_balances', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const { facts, problems } = readRows(input.rows, practice, source, deps.now());
			const done = await importFacts(deps, tx, practice, caller, {
				kind: 'balances',
				sourceName: source,
				digestOf: JSON.stringify(input.rows),
				facts: facts.map(({ fact }) => fact),
				summary: { rows_read: input.rows.length, refused: problems.length },
			});
			const refused = [
				...problems.map(({ position, field, message }) => ({ position: `row ${position}`, field, message })),
				...done.refused.map((r) => ({ position: `row ${facts[r.index]?.position ?? 0}`, field: r.field, message: r.message })),
			];
			const count = (outcome: BalanceOutcome['outcome']) => done.balances.filter((b) => b.outcome === outcome).length;
			return {
				import_ref: done.importId,
				rows_read: input.rows.length,
				created: count('created'),
				updated: count('updated'),
				unchanged: count('unchanged'),
				paid: count('paid'),
				older_ignored: count('older_ignored') + done.superseded,
				refused: new Set(refused.map((p) => p.position)).size,
				problems: refused.slice(0, 500),
				problems_text: refused
					.map((p) => `${p.position}: ${p.message}`)
					.join('\n')
					.slice(0, 20_000),
				baseline_text: done.baselineText,
				settles_at: done.settlesAt,
				link: deps.config.publicUrl,
			};
		});
		nudge(deps, caller.practiceId);
		return answer;
	};
