/** Bodies and queries as they arrive: bounded, decoded, and typed by the operation's schema. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { ObjectSchema } from '../../contracts/schema.ts';
import { parseJson, refuseUnstorable } from './json.ts';

/** @throws Failure `too_large` before more than `limit` bytes are held */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
	const declared = request.headers.get('content-length');
	if (declared !== null && Number(declared) > limit) throw tooLarge(limit);
	// Node's parser holds a sender to its Content-Length, so the fast way is safe here.
	if (declared !== null) return new Uint8Array(await request.arrayBuffer());
	if (request.body === null) return new Uint8Array();
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
		size += chunk.byteLength;
		if (size > limit) throw tooLarge(limit);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

const tooLarge = (limit: number) =>
	new Failure('too_large', `The body is larger than ${Math.round(limit / 1_048_576)} MB. Split it into several calls.`, { code: 'body_too_large' });

/** An empty body is an empty object: an action whose fields are all optional can be called without one. */
export function jsonBody(bytes: Uint8Array): unknown {
	if (bytes.byteLength === 0) return {};
	let text: string;
	try {
		text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw new Failure('invalid', 'The body is not UTF-8 text. Send JSON in UTF-8.', { code: 'invalid_json' });
	}
	const value = parseJson(text);
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new Failure('invalid', 'The body must be a JSON object, such as {"amount": 84.2}.', { code: 'invalid_json' });
	return value;
}

/** A query's texts as the types that the schema names. What does not read as its type stays text, for validation to refuse. */
export function queryInput(query: URLSearchParams, schema: ObjectSchema): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	for (const name of new Set(query.keys())) {
		const values = query.getAll(name);
		const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
		if (property?.type !== 'array' && values.length > 1)
			throw invalidField(name.slice(0, 80), `"${name.slice(0, 80)}" is given ${values.length} times. Give it once.`);
		const typed = values.map((value) => coerce(value, property?.items?.type ?? property?.type));
		// An own property even for "__proto__", so that it is refused by name like any other unknown field.
		Object.defineProperty(out, name, { value: property?.type === 'array' ? typed : typed[0], enumerable: true, configurable: true, writable: true });
	}
	refuseUnstorable(out);
	return out;
}

function coerce(text: string, type: string | undefined): unknown {
	if (type === 'integer' || type === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
	if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
	return text;
}
