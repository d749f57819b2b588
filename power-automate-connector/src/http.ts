/** One HTTP function: the request goes to the service's fetch app as it is, its answer streams back. */
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { Failure } from '../../shared/contracts/failure.ts';
import { failureResponse } from '../../shared/service/http/problem.ts';
import { invoke } from './invocation.ts';
import { NUDGES } from './jobs.ts';
import type { LazyService } from './service.ts';

export const httpHandler =
	(service: LazyService): HttpHandler =>
	(request, context) =>
		invoke(context, async (due) => {
			const response = await answer(service, request);
			// Only functions that write declare the queue as an output; for others it is ignored.
			if (due.size > 0) context.extraOutputs.set(NUDGES, [...due]);
			return toAzure(response);
		});

async function answer(service: LazyService, request: HttpRequest): Promise<Response> {
	try {
		return await service.get().fetch(toFetch(request));
	} catch (error) {
		if (error instanceof Failure) return failureResponse(error);
		throw error;
	}
}

function toFetch({ url, method, headers, body }: HttpRequest): Request {
	return new Request(url, { method, headers, ...(body === null ? {} : { body, duplex: 'half' }) });
}

const toAzure = ({ status, headers, body }: Response): HttpResponseInit => ({ status, headers, ...(body === null ? {} : { body }) });
