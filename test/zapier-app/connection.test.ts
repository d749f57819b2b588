import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, serviceAddress } from '../../zapier-app/src/address.ts';
import { bundleFor, type FakeService, fakeService, KEY, runIn, testApp } from './kit.ts';

const app = testApp();
let service: FakeService;

beforeAll(async () => {
	service = await fakeService();
});
afterAll(() => service.close());

const test = (authData: object) => runIn(app, app.authentication.test as never, bundleFor(service, {}, { authData }));

describe('the service address', () => {
	it.each([
		['https://dunwell.example', 'https://dunwell.example'],
		['  https://dunwell.example/ ', 'https://dunwell.example'],
		['https://dunwell.example/api/', 'https://dunwell.example'],
		['https://example.com/dunwell//', 'https://example.com/dunwell'],
		['HTTPS://Dunwell.Example:8443/', 'https://dunwell.example:8443'],
		['http://127.0.0.1:7071', 'http://127.0.0.1:7071'],
		['http://localhost:7071/api', 'http://localhost:7071'],
	])('%j is read as %s', (typed, address) => {
		expect(serviceAddress(typed)).toBe(address);
	});

	it.each([
		['', 'The Service URL is missing.'],
		[undefined, 'The Service URL is missing.'],
		['dunwell.example', 'The Service URL must start with https://. Write it out in full'],
		['localhost:7071', 'The Service URL must start with https://. Write it out in full'],
		['http://dunwell.example', 'The Service URL must start with https://, so that nobody'],
		['http://127.0.0.1.evil.example', 'The Service URL must start with https://, so that nobody'],
		['ftp://dunwell.example', 'The Service URL must start with https://, so that nobody'],
		['https://', 'The Service URL is not an address.'],
		['https://me:pass@dunwell.example', 'must not carry a user name or a password'],
		['https://dunwell.example/?practice=1', 'must end before the "?" or "#"'],
	])('%j is refused with a sentence', (typed, sentence) => {
		expect(() => serviceAddress(typed)).toThrow(sentence);
	});
});

describe('the API key', () => {
	it('is read as people paste it', () => {
		expect(apiKey(`  Bearer ${KEY}\n`)).toBe(KEY);
		expect(apiKey('live_pr_x-Y_z')).toBe('live_pr_x-Y_z');
	});

	it.each([
		['', 'The API Key is missing.'],
		['operator_abc', 'This is an operator key'],
		['sk_live_abc', 'This is not a Dunwell API Key'],
		['test_abc def', 'This is not a Dunwell API Key'],
		['test_', 'This is not a Dunwell API Key'],
	])('%j is refused without repeating it', (typed, sentence) => {
		expect(() => apiKey(typed)).toThrow(sentence);
		if (typed.length > 5) expect(() => apiKey(typed)).not.toThrow(typed);
	});
});

describe('connecting an account', () => {
	it('asks the service who it is, with the key in one header', async () => {
		service.answer = () => ({ body: { practice_name: 'Sandbox Practice', mode: 'test', scopes: ['read'], key_label: 'Zapier', internal: 'x' } });
		expect(await test({ service_url: `${service.url}/api/`, api_key: ` ${KEY}` })).toEqual({
			practice_name: 'Sandbox Practice',
			mode: 'test',
			scopes: ['read'],
			key_label: 'Zapier',
		});
		const request = service.seen.at(-1);
		expect(`${request?.method} ${request?.url}`).toBe('GET /api/me');
		expect(Object.entries(request?.headers ?? {}).filter(([, value]) => String(value).includes(KEY))).toEqual([['authorization', `Bearer ${KEY}`]]);
	});

	it('is labelled by the practice and the mode', () => {
		expect(app.authentication.connectionLabel).toBe('{{practice_name}} ({{mode}})');
	});

	it('says what is wrong with the address before it calls anything', async () => {
		const before = service.seen.length;
		await expect(test({ service_url: 'dunwell.example', api_key: KEY })).rejects.toMatchObject({
			name: 'HaltedError',
			message: expect.stringContaining('must start with https://'),
		});
		await expect(test({ service_url: service.url, api_key: 'nonsense' })).rejects.toMatchObject({
			message: expect.stringContaining('This is not a Dunwell API Key'),
		});
		expect(service.seen).toHaveLength(before);
	});
});
