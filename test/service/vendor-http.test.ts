import { describe, expect, test } from 'vitest';
import { defineProvider, type VendorRequest } from '../../shared/contracts/provider.ts';
import { object } from '../../shared/contracts/schema.ts';
import { isPublicAddress, publicLookup } from '../../shared/service/public-address.ts';
import { createVendorHttp, retryAfter, USER_AGENT } from '../../shared/service/vendor-http.ts';
import { type Reply, startVendor } from '../kit/vendor-server.ts';

const vendor = defineProvider({
	id: 'vendor',
	label: 'Vendor',
	docs: 'https://vendor.example',
	hosts: ['api.vendor.example', '*.eu.vendor.example'],
	auth: object({}),
	authorize: (request) => ({ ...request, headers: { ...request.headers, Authorization: 'Bearer s3cret' } }),
});
const get: VendorRequest = { method: 'GET', url: 'https://api.vendor.example/v1/things' };

async function against(replies: Reply[], request: VendorRequest, options: { path?: string; maxAttempts?: number } = {}) {
	await using server = await startVendor(replies);
	const waits: number[] = [];
	const http = createVendorHttp({
		provider: vendor,
		credentials: {},
		vendorUrls: { vendor: server.url + (options.path ?? '') },
		sleep: async (ms) => waits.push(ms),
		...(options.maxAttempts && { maxAttempts: options.maxAttempts }),
	});
	const outcome = await http.send(request).then(
		(response) => ({ response, failure: undefined }),
		(failure: unknown) => ({ response: undefined, failure }),
	);
	return { ...outcome, seen: server.seen, waits };
}

describe('what is written on the wire', () => {
	test('a form keeps order and repeats', async () => {
		const { seen } = await against([{ body: '{}' }], {
			...get,
			method: 'POST',
			form: [
				['b', '1 2'],
				['a', 'é&='],
				['b', '3'],
			],
		});
		expect(seen[0]).toMatchObject({
			method: 'POST',
			body: 'b=1+2&a=%C3%A9%26%3D&b=3',
			headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Bearer s3cret', 'user-agent': USER_AGENT, 'content-length': '24' },
		});
	});
	test('JSON is written once and not touched', async () => {
		const { seen } = await against([{ body: '{}' }], { ...get, method: 'POST', json: { name: 'Zoë', n: 1 } });
		expect(seen[0]).toMatchObject({ body: '{"name":"Zoë","n":1}', headers: { 'content-type': 'application/json' } });
	});
	test('bytes are sent as they are, under their own type', async () => {
		const { seen } = await against([{ body: '{}' }], { ...get, method: 'PUT', body: { bytes: Buffer.from('<a>é</a>'), type: 'text/xml' } });
		expect(seen[0]).toMatchObject({ method: 'PUT', body: '<a>é</a>', headers: { 'content-type': 'text/xml' } });
	});
	test('a query is added to the one that is there, lists repeat', async () => {
		const { seen } = await against([{ body: '{}' }], { ...get, url: `${get.url}?x=1`, query: { 'types[]': ['a', 'b c'], limit: 5 } });
		expect(seen[0]?.path).toBe('/v1/things?x=1&types%5B%5D=a&types%5B%5D=b+c&limit=5');
		expect(seen[0]?.body).toBe('');
	});
	test('the replacement address keeps its own path in front', async () => {
		const { seen } = await against([{ body: '{}' }], get, { path: '/mock/' });
		expect(seen[0]?.path).toBe('/mock/v1/things');
	});
	test('the body comes back as text, whatever its type, without a byte order mark', async () => {
		const { response } = await against([{ body: '\uFEFF{"id":90071992547409931}', headers: { 'content-type': 'text/plain', 'X-Id': '7' } }], get);
		expect([response?.text, response?.headers['x-id'], response?.status]).toEqual(['{"id":90071992547409931}', '7', 200]);
		expect(Object.keys(response?.json() as object)).toEqual(['id']);
	});
});

describe('where it may go', () => {
	const send = (url: string) => createVendorHttp({ provider: vendor, credentials: {}, maxAttempts: 1 }).send({ method: 'GET', url });
	test.each([
		'https://vendor.example/',
		'https://api.vendor.example.evil.example/',
		'https://evil.example/?api.vendor.example',
		'http://api.vendor.example/',
		'https://api.vendor.example:8443/',
		'https://a@api.vendor.example/',
		'https://eu.vendor.example/',
		'https://xeu.vendor.example/',
		'/v1/things',
	])('%s is refused before anything is sent', async (url) => {
		await expect(send(url)).rejects.toMatchObject({ kind: 'broken', code: 'host_not_allowed' });
	});
	test('a redirect is not followed', async () => {
		await using other = await startVendor([{ body: '{}' }]);
		const { failure } = await against([{ status: 302, headers: { location: other.url } }], get);
		expect(failure).toMatchObject({ kind: 'broken' });
		expect(other.seen).toEqual([]);
	});
});

describe('when it tries again', () => {
	const post: VendorRequest = { ...get, method: 'POST', json: {} };
	test('a GET after 500 and a broken connection, until it works', async () => {
		const { response, seen, waits } = await against([{ status: 500 }, { instead: 'reset' }, { body: '{"ok":1}' }], get);
		expect([response?.status, seen.length, waits.length]).toEqual([200, 3, 2]);
	});
	test('a POST only after 429', async () => {
		expect(await against([{ status: 429, headers: { 'retry-after': '2' } }, { body: '{}' }], post)).toMatchObject({ response: { status: 200 }, waits: [2000] });
		expect(await against([{ status: 503 }, { body: '{}' }], post)).toMatchObject({ failure: { kind: 'unavailable', outcomeUnknown: true }, waits: [] });
	});
	test('a POST that is said to be idempotent as a GET does', async () => {
		expect(await against([{ status: 503, headers: { 'retry-after': '1' } }, { body: '{}' }], { ...post, idempotent: true })).toMatchObject({
			response: { status: 200 },
			waits: [1000],
		});
	});
	test('not when the wait would be longer than a call may take', async () => {
		expect(await against([{ status: 429, headers: { 'retry-after': '16' } }], get)).toMatchObject({
			failure: { kind: 'limited', retryAfterSeconds: 16 },
			waits: [],
		});
		expect(await against([{ status: 429, headers: { 'retry-after': '8' } }], get)).toMatchObject({
			failure: { kind: 'limited', retryAfterSeconds: 8 },
			waits: [8000],
		});
	});
	test('not more often than it may', async () => {
		expect((await against([{ status: 500 }], get, { maxAttempts: 1 })).seen.length).toBe(1);
	});
});

describe('what an answer means', () => {
	test.each([
		[402, 'denied'],
		[405, 'broken'],
		[408, 'unavailable'],
		[410, 'missing'],
		[413, 'too_large'],
		[415, 'broken'],
		[418, 'invalid'],
		[400, 'invalid'],
		[599, 'unavailable'],
	])('%d is %s', async (status, kind) => {
		expect((await against([{ status }], { ...get, method: 'POST' })).failure).toMatchObject({
			kind,
			message: expect.stringMatching(/^Vendor .*\(HTTP \d+\)$/),
		});
	});
	test.each([
		[{ code: 21610 }, '21610'],
		[{ error: 'not_found' }, 'not_found'],
		[{ error: { code: 'a.b' } }, 'a.b'],
		[{ errors: [{ code: 'X' }] }, 'X'],
		[{ code: 'E42_x' }, 'E42_x'],
		[{ code: '15005550010' }, undefined],
		[{ code: 'A15005550' }, undefined],
		[{ error: 'someone@patient.example' }, undefined],
		[{ code: {} }, undefined],
		[null, undefined],
		[[], undefined],
	])("the vendor's code is kept where %j has one that is a code", async (body, vendorCode) => {
		expect((await against([{ status: 400, body: JSON.stringify(body) }], get)).failure).toMatchObject({ kind: 'invalid', vendorCode });
	});
	test('Retry-After is whole seconds, from a number or a date', () => {
		const now = Date.parse('2026-11-24T12:00:00Z');
		expect([undefined, '3', ' 1.2 ', 'Tue, 24 Nov 2026 12:00:09 GMT', 'Tue, 24 Nov 2026 11:00:00 GMT', 'soon'].map((value) => retryAfter(value, now))).toEqual([
			undefined,
			3,
			2,
			9,
			0,
			undefined,
		]);
	});
});

describe('public addresses', () => {
	test.each([
		'10.0.0.1',
		'172.31.255.255',
		'192.168.1.1',
		'127.0.0.1',
		'169.254.169.254',
		'100.64.0.1',
		'0.0.0.0',
		'224.0.0.1',
		'255.255.255.255',
		'::1',
		'::',
		'fe80::1',
		'fd00::1',
		'::ffff:192.168.1.1',
		'64:ff9b::a00:1',
		'2002:a00:1::',
		'localhost',
		'',
	])('%s is not public', (address) => {
		expect(isPublicAddress(address)).toBe(false);
	});
	test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
		expect(isPublicAddress(address)).toBe(true);
	});
	const look = (options: { allowLoopback?: boolean }, all: boolean) =>
		new Promise((done) => publicLookup(options)('localhost', { all, family: 4 }, (error, address, family) => done(error ? error.code : [address, family])));
	test('a name that points inside looks like one that does not exist', async () => {
		expect(await look({}, true)).toBe('ENOTFOUND');
		expect(await look({ allowLoopback: true }, false)).toEqual(['127.0.0.1', 4]);
		expect(await look({ allowLoopback: true }, true)).toEqual([[{ address: '127.0.0.1', family: 4 }], undefined]);
	});
});
