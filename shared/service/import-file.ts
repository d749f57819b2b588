/** Import File: what a person uploads, read and recorded. */
import { Failure } from '../contracts/failure.ts';
import { readAcknowledgement } from '../files/acknowledgement.ts';
import { readAgingReport } from '../files/aging-report.ts';
import type { FileReading } from '../files/reading.ts';
import { readRemittance } from '../files/remittance.ts';
import type { Service } from '../operations/registry.ts';
import { importFacts } from './imports.ts';
import { nudge } from './nudge.ts';
import { once } from './once.ts';
import { iso, readPractice } from './practice.ts';
import type { Caller, Deps } from './types.ts';

export const importFile =
	(deps: Deps, caller: Caller): Service['import_file'] =>
	async (input) => {
		const reading = read(input, iso(deps.now()));
		const counts = countsOf(reading);
		const texts = {
			preview: input.preview_only ?? false,
			...counts,
			problems: reading.problems.slice(0, 500).map((problem) => ({ position: problem.position, field: problem.field ?? '', message: problem.message })),
			problems_text: reading.problems
				.map((problem) => `${problem.position}: ${problem.message}`)
				.join('\n')
				.slice(0, 20_000),
			warnings: reading.warnings.slice(0, 500),
			warnings_text: reading.warnings.join('\n').slice(0, 20_000),
			link: deps.config.publicUrl,
		};
		if (input.preview_only) return { ...texts, import_ref: '', duplicate: false, changed: 0, unchanged: 0, baseline_text: '', settles_at: '' };
		const answer = await once(deps, caller, 'import_file', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const done = await importFacts(deps, tx, practice, caller, {
				kind: reading.kind,
				sourceName: reading.kind,
				digestOf: input.content,
				facts: reading.facts,
				summary: counts,
			});
			return {
				...texts,
				import_ref: done.importId,
				changed: done.changed,
				unchanged: done.unchanged,
				baseline_text: done.baselineText,
				settles_at: done.settlesAt,
			};
		});
		nudge(deps, caller.practiceId);
		return answer;
	};

/** @throws Failure `invalid` when the file is not what it is said to be; nothing is recorded then */
function read(input: { kind: FileReading['kind']; content: string; encoding?: string }, now: string): FileReading {
	const content = input.encoding === 'base64' ? decodeBase64(input.content) : input.content;
	if (input.kind === 'remittance') return readRemittance(content, { now });
	return input.kind === 'acknowledgement' ? readAcknowledgement(content, { now }) : readAgingReport(content, { now });
}

function decodeBase64(text: string): string {
	const clean = text.replace(/\s/g, '');
	if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(clean))
		throw new Failure('invalid', '"content" is not base64. Give the file as base64, or leave the encoding at Text.', {
			code: 'invalid_field',
			fields: [{ field: 'content', message: '"content" is not base64.' }],
		});
	const bytes = Buffer.from(clean, 'base64');
	// Spreadsheets still save CSV as Windows-1252: what is not UTF-8 is read as that instead of losing letters.
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder('windows-1252').decode(bytes);
	}
}

function countsOf(reading: FileReading) {
	const claims = reading.facts.filter((fact) => fact.kind === 'claim');
	const acknowledged = reading.facts.filter((fact) => fact.kind === 'acknowledgement');
	const balances = reading.facts.filter((fact) => fact.kind === 'balance');
	const rows = balances.length + new Set(reading.problems.map((problem) => problem.position)).size;
	return {
		rows_read: reading.kind === 'aging_report' ? rows : claims.length + acknowledged.length,
		accounts: new Set(reading.facts.map((fact) => fact.account.yourReference)).size,
		invoices: balances.filter((fact) => fact.invoice !== undefined).length,
		claims: claims.length + new Set(acknowledged.map((fact) => fact.claim)).size,
		denied_lines: claims.reduce((sum, claim) => sum + claim.lines.filter((line) => line.state === 'denied_open').length, 0),
		rejected_claims: new Set(acknowledged.filter((fact) => fact.outcome === 'rejected').map((fact) => fact.claim)).size,
	};
}
