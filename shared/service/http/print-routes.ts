/** Print batches over HTTP. They are full of names and addresses: never for Zapier, and elsewhere only with the scope. */
import { Failure } from '../../contracts/failure.ts';
import { gatherNow, letterPdf, listPrintBatches, markPrinted, printBatchPdf } from '../messages/print.ts';
import type { Caller, Deps } from '../types.ts';
import { type Answer, callerOf, type Incoming, requireScope } from './route.ts';

function reader(incoming: Incoming): Caller {
	if (incoming.surface === 'zapier') throw new Failure('denied', 'Letters hold patient data and never go to Zapier.', { code: 'patient_data' });
	if (incoming.identity) requireScope(incoming.identity, 'contact_details');
	return callerOf(incoming);
}

const pdfAnswer = (pdf: Uint8Array, name: string): Response =>
	new Response(new Uint8Array(pdf), {
		status: 200,
		headers: { 'content-type': 'application/pdf', 'content-disposition': `attachment; filename="${name}.pdf"`, 'cache-control': 'no-store' },
	});

const named = (incoming: Incoming): string => (incoming.params['file'] ?? '').replace(/\.pdf$/, '');

export const listBatches = (deps: Deps, incoming: Incoming): Promise<Answer> => listPrintBatches(deps, reader(incoming));

export async function batchPdf(deps: Deps, incoming: Incoming): Promise<Answer> {
	const name = named(incoming);
	return pdfAnswer(await printBatchPdf(deps, reader(incoming), name), name);
}

export async function oneLetterPdf(deps: Deps, incoming: Incoming): Promise<Answer> {
	const name = named(incoming);
	return pdfAnswer(await letterPdf(deps, reader(incoming), name), name);
}

export const gatherBatches = (deps: Deps, incoming: Incoming): Promise<Answer> => gatherNow(deps, callerOf(incoming));

export const batchPrinted = (deps: Deps, incoming: Incoming): Promise<Answer> => markPrinted(deps, callerOf(incoming), incoming.params['ref'] ?? '');
