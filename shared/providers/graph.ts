/** Microsoft Graph through Microsoft's own client, which builds the addresses and reads the answers. What it would do beside that is our own client's work. */
import { Client, type Context } from '@microsoft/microsoft-graph-client';
import { Failure } from '../contracts/failure.ts';
import type { VendorHttp, VendorRequest } from '../contracts/provider.ts';

/**
 * https://learn.microsoft.com/en-us/graph/sdks/customize-client
 * @throws Failure as VendorHttp does, and `broken` for an answer that Microsoft's client cannot read
 */
export async function viaGraph<T>(http: VendorHttp, call: (graph: Client) => Promise<T>): Promise<T> {
	let failure: unknown;
	let changes = false;
	const execute = async (context: Context): Promise<void> => {
		const request = requestOf(context);
		changes = request.method !== 'GET';
		try {
			const response = await http.send(request);
			// Read here, so that a page of HTML with 200 is no answer. A mail as it is (/$value) is no JSON.
			if (response.text !== '' && !/\/\$value$/.test(request.url)) response.json();
			context.response = new Response(response.text === '' ? null : response.text, { status: response.status, headers: response.headers });
		} catch (error) {
			failure = error;
			throw error;
		}
	};
	try {
		return await call(Client.initWithMiddleware({ middleware: { execute } }));
	} catch {
		// The client wraps what it meets in an error of its own, which repeats bodies.
		throw failure ?? new Failure('broken', 'Microsoft gave an answer that is not understood. Look there whether it was done.', { outcomeUnknown: changes });
	}
}

function requestOf({ request, options }: Context): VendorRequest {
	const headers = Object.fromEntries(new Headers(options?.headers as Record<string, string> | undefined));
	const { 'content-type': type = 'application/json', ...rest } = headers;
	return {
		method: (options?.method ?? 'GET') as VendorRequest['method'],
		url: String(request),
		headers: rest,
		...(options?.body === undefined ? {} : { body: { bytes: options.body as string | Uint8Array, type } }),
	};
}
