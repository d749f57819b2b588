/** What an invoice amounted to at an instant: today's amount, with everything since taken back from the last to the first. */
import type { Entry, Past } from './past.ts';

interface Applied {
	invoice_ref: string;
	minor: number;
}

/** Takes one thing back: the amount after it becomes the amount before it. */
interface Step {
	seq: number;
	at: number;
	invoice: string;
	undo(amount: number): number;
}

export function amountsAt({ invoices, amounts, entries }: Past, at: number): Map<string, number> {
	const steps: Step[] = [...amounts.map(({ seq, at: when, invoice, before }) => ({ seq, at: when, invoice, undo: () => before })), ...paymentSteps(entries)];
	const out = new Map(invoices.map((invoice) => [invoice.invoice_ref, Number(invoice.amount_minor)]));
	for (const step of steps.filter((one) => one.at > at).sort((a, b) => b.seq - a.seq)) out.set(step.invoice, step.undo(out.get(step.invoice) ?? 0));
	return out;
}

/** A payment comes off invoices; recorded again (returned, corrected), what it took is first given back. */
function paymentSteps(entries: readonly Entry[]): Step[] {
	const taken = new Map<string, Applied[]>();
	return entries
		.filter((entry) => entry.kind === 'payment_recorded')
		.flatMap(({ seq, at, body }) => {
			const before = taken.get(body.payment_ref) ?? [];
			const applied: Applied[] = body.applied ?? [];
			taken.set(body.payment_ref, applied);
			return [
				...applied.map(({ invoice_ref, minor }) => ({ seq, at, invoice: invoice_ref, undo: (amount: number) => amount + minor })),
				...before.map(({ invoice_ref, minor }) => ({ seq, at, invoice: invoice_ref, undo: (amount: number) => amount - minor })),
			];
		});
}
