/**
 * Runs a provider's requests against the vendor's own description of its interface: Prism answers as the
 * vendor would and says where a request breaks the description.
 *
 * The descriptions are not part of the project. DUNWELL_SPECS names the folder (default ../shared/specs); where
 * it is absent these tests are skipped and say so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createLogger } from '@stoplight/prism-core';
import { getHttpOperationsFromSpec } from '@stoplight/prism-http';
import { createServer } from '@stoplight/prism-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import { createVendorHttp } from '../../shared/service/vendor-http.ts';

const FOLDER = resolve(process.cwd(), process.env['DUNWELL_SPECS'] ?? '../shared/specs');
export const specsPresent = existsSync(FOLDER);
/** The text of a file of the folder, for checks other than Prism's. */
export const readSpec = (file: string): unknown => JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8')) as unknown;

export interface Prism {
	url: string;
	close(): Promise<void>;
}

interface Spec {
	swagger?: string;
	basePath?: string;
	servers?: { url: string }[];
	components?: { schemas?: Record<string, FormSchema> };
	paths: Record<string, { servers?: { url: string }[] }>;
}

/** Prism matches paths without the server's own part (https://slack.com/api), which our requests carry. */
function withServerPaths(spec: Spec): Spec {
	const prefix = (path: string): string => {
		if (spec.swagger) return spec.basePath?.replace(/\/$/, '') ?? '';
		const url = (spec.paths[path]?.servers ?? spec.servers)?.[0]?.url ?? '/';
		return new URL(url.replaceAll(/[{}]/g, ''), 'https://vendor.example').pathname.replace(/\/$/, '');
	};
	const { servers: _servers, basePath: _basePath, ...rest } = spec;
	return { ...rest, paths: Object.fromEntries(Object.entries(spec.paths).map(([path, { servers: _own, ...item }]) => [prefix(path) + path, item])) };
}

interface FormSchema {
	$ref?: string;
	properties?: Record<string, { type?: string }>;
}

/** Prism reads each part of a form as one text unless it is told that lists are repeated parts, which is what OpenAPI means anyway. */
function withRepeatedParts(node: unknown, schemas: Record<string, FormSchema>): void {
	if (typeof node !== 'object' || node === null) return;
	const form = (node as Record<string, { schema?: FormSchema; encoding?: object }>)['multipart/form-data'];
	const schema = form?.schema?.$ref ? schemas[form.schema.$ref.split('/').at(-1) ?? ''] : form?.schema;
	const lists = Object.entries(schema?.properties ?? {}).filter(([, { type }]) => type === 'array');
	if (form && lists.length > 0)
		form.encoding = { ...Object.fromEntries(lists.map(([name]) => [name, { style: 'form', explode: true, allowReserved: true }])), ...form.encoding };
	for (const child of Object.values(node)) withRepeatedParts(child, schemas);
}

/** @param file below the folder of descriptions, e.g. `twilio/openapi.api-v2010.json`; or a description itself */
export async function startPrism(file: string | object): Promise<Prism> {
	// Prism writes JSON under its own name alone; InterFAX calls it text/json.
	const spec = JSON.parse(JSON.stringify(typeof file === 'string' ? readSpec(file) : file).replaceAll('"text/json"', '"application/json"')) as Spec;
	withRepeatedParts(spec.paths, spec.components?.schemas ?? {});
	const operations = await getHttpOperationsFromSpec(withServerPaths(spec));
	const logger = createLogger('test', { level: 'silent' } as never);
	const server = createServer(operations, {
		cors: false,
		components: { logger },
		config: {
			isProxy: false,
			errors: true,
			checkSecurity: true,
			validateRequest: true,
			validateResponse: false,
			upstreamProxy: undefined,
			mock: { dynamic: false },
		} as never,
	});
	const url = await server.listen(0, '127.0.0.1');
	return { url, close: () => server.close() };
}

export interface SpecCase {
	/** A plain sentence. */
	name: string;
	call(http: VendorHttp): Promise<unknown>;
	/** How many requests it makes. Default 1. */
	requests?: number;
	credentials?: object;
	/** Picks the answer to mock, e.g. `code=200`: Prism's Prefer header. */
	prefer?: string;
}

/** Operations by path and method, as OpenAPI writes them. */
export type Paths = Record<string, Record<string, object>>;

/**
 * Fails when a request breaks the description, has no path in it, or lacks what its security needs.
 * @param more operations that the reduced description lacks, after the vendor's reference
 */
export function testAgainstSpec(provider: Provider, credentials: object, file: string, cases: readonly SpecCase[], more: Paths = {}): void {
	if (!specsPresent) {
		test.skip(`${provider.label} against ${file} (skipped: DUNWELL_SPECS names no folder; looked in ${FOLDER})`, () => {});
		return;
	}
	describe(`${provider.label} against ${file}`, () => {
		let prism: Prism;
		beforeAll(async () => {
			const spec = readSpec(file) as { paths: Paths };
			const paths = { ...spec.paths };
			for (const [path, item] of Object.entries(more)) paths[path] = { ...paths[path], ...item };
			prism = await startPrism({ ...spec, paths });
		});
		afterAll(() => prism.close());
		for (const one of cases) {
			test(one.name, async () => {
				const heard: { status: number; violations: unknown }[] = [];
				const spied: Provider = {
					...provider,
					authorize: (request, given, now) => {
						const authorized = provider.authorize?.(request, given, now) ?? request;
						return one.prefer ? { ...authorized, headers: { ...authorized.headers, prefer: one.prefer } } : authorized;
					},
					failure(response, request) {
						const violations = response.headers['sl-violations'] ?? (response.status === 422 ? response.text : '');
						heard.push({ status: response.status, violations });
						return provider.failure?.(response, request);
					},
				};
				const http = createVendorHttp({ provider: spied, credentials: one.credentials ?? credentials, vendorUrls: { [provider.id]: prism.url } });
				// Only the request is judged: what Prism makes up as an answer need not make sense.
				await one.call(http).catch(() => undefined);
				expect(heard).toEqual(
					Array.from({ length: one.requests ?? 1 }, () => ({ status: expect.toSatisfy((status: number) => status < 400), violations: '' })),
				);
			});
		}
	});
}
