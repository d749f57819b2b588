import { expect, test } from 'vitest';
import type { OutgoingMessage, Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/interfax.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { message } from './samples.ts';

const interfax = provider as Required<Pick<Provider, 'check' | 'send'>>;
const credentials = { username: 'valley', password: 'password-of-the-test' };
const basic = `Basic ${Buffer.from('valley:password-of-the-test').toString('base64')}`;
const fax: OutgoingMessage = { ...message, channel: 'fax', pdf: Buffer.from('%PDF-1.7 a page') };
const at = '2026-11-24T12:00:00.000Z';
const find = (http: VendorHttp) => interfax.send.find?.(http, credentials, { ...fax, attemptedAt: at }) ?? Promise.reject(new Error('no find'));
const status = (http: VendorHttp) => interfax.send.status?.(http, credentials, ['101', '102', '103', '104'], at) ?? Promise.reject(new Error('no status'));
const LIST = 'https://rest.interfax.net/outbound/faxes?limit=100&sortOrder=desc';
const many = (submitTime: string) => Array.from({ length: 100 }, (_, i) => ({ id: i, status: 0, contact: 'rem_other', submitTime }));

testProvider(provider, {
	credentials,
	secrets: ['password-of-the-test', basic, message.to],
	cases: [
		{
			capability: 'send.message',
			name: 'a page goes to one number, with our reference and the number of the sending machine',
			call: (http) => interfax.send.message(http, credentials, fax),
			replies: [{ status: 201, headers: { location: 'https://rest.interfax.net/outbound/faxes/854759652' } }],
			wire: [
				{
					method: 'POST',
					url: 'https://rest.interfax.net/outbound/faxes?faxNumber=%2B15005550010&contact=rem_7Q2&reference=rem_7Q2&csid=%2B15005550006&pageSize=letter&resolution=fine',
					headers: { authorization: basic, 'content-type': 'application/pdf' },
					body: '%PDF-1.7 a page',
				},
			],
			result: { externalId: '854759652', status: 'sent', rawStatus: 'created' },
		},
		{
			capability: 'send.find',
			name: 'a lost fax is found by our reference',
			call: find,
			replies: [
				{
					body: [
						{ id: 9, status: -1, contact: null },
						{ id: 8, status: -2, contact: 'rem_7Q2' },
					],
				},
			],
			wire: [{ method: 'GET', url: LIST, headers: { authorization: basic } }],
			result: { externalId: '8', status: 'sent', rawStatus: '-2' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a fax that InterFAX never took is not found, in a list that reaches back beyond the attempt',
			call: find,
			replies: [{ body: many('2026-11-24T11:58:00Z') }],
			wire: [{ method: 'GET', url: LIST }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'send.status',
			name: 'what became of several faxes is asked in one call: sent, failed, under way, and a word nobody has heard of',
			call: status,
			replies: [
				{
					body: [
						{ id: 101, status: 0 },
						{ id: 102, status: 3931 },
						{ id: 103, status: -3 },
						{ id: 104, status: 'never_heard_of' },
					],
				},
			],
			wire: [{ method: 'GET', url: 'https://rest.interfax.net/outbound/faxes/completed?ids=101%2C102%2C103%2C104', headers: { authorization: basic } }],
			result: [
				{ externalId: '101', status: 'delivered', rawStatus: '0' },
				{ externalId: '102', status: 'undelivered', rawStatus: '3931', code: '3931' },
				{ externalId: '103', status: 'sent', rawStatus: '-3' },
				{ externalId: '104', status: 'unknown', rawStatus: 'never_heard_of' },
			],
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection works when the balance can be read, here at the other host',
			credentials: { ...credentials, host: 'secure' },
			call: (http) => interfax.check(http, { ...credentials, host: 'secure' }),
			replies: [{ headers: { 'content-type': 'text/json' }, body: '3.8500' }],
			wire: [{ method: 'GET', url: 'https://rest-sl.interfax.net/accounts/self/ppcards/balance', headers: { authorization: basic } }],
			result: { label: 'InterFAX user valley' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a developer account faxes to itself only',
			call: (http) => interfax.send.message(http, credentials, fax),
			reply: { status: 400, headers: { 'content-type': 'text/json' }, body: '{"code":-111,"message":"Jane Roe","moreInfo":null}' },
			kind: 'denied',
			code: 'config',
			vendorCode: '-111',
		},
		{
			name: "another error keeps InterFAX's own number",
			call: (http) => interfax.send.message(http, credentials, fax),
			reply: { status: 400, body: { code: -1006, message: `Invalid ${message.to}` } },
			kind: 'invalid',
			vendorCode: '-1006',
		},
		{
			name: 'a fax without its page does not leave',
			call: (http) => interfax.send.message(http, credentials, message),
			reply: { status: 201 },
			kind: 'invalid',
			code: 'pdf_missing',
		},
		{
			name: 'a list that does not reach back to the attempt proves nothing',
			call: find,
			reply: { body: many('2026-11-24T12:00:30Z') },
			kind: 'unavailable',
		},
		{
			name: 'a balance that is no number is not understood',
			call: (http) => interfax.check(http, credentials),
			reply: { body: { balance: 1 } },
			kind: 'broken',
		},
	],
});

test('nothing but a fax is sent by fax', () => expect(interfax.send.channels).toEqual(['fax']));

testAgainstSpec(provider, credentials, 'interfax/contract.json', [
	{ name: 'a fax is a valid request', call: (http) => interfax.send.message(http, credentials, fax) },
	{ name: 'a search is a valid request', call: find },
	{ name: 'a question is a valid request', call: status },
	{ name: 'the check is a valid request', call: (http) => interfax.check(http, credentials) },
]);
