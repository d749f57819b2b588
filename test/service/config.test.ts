import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/service/config.ts';

const refused = (variable: string, text: string) =>
	expect.objectContaining({ kind: 'invalid', code: 'invalid_setting', fields: [{ field: variable, message: `${variable} ${text}.` }] });

describe('the settings', () => {
	it('map vendors to other addresses, other paces and registered clients', () => {
		expect(
			readConfig({
				DUNWELL_VENDOR_URLS: '{"twilio":"http://127.0.0.1:4010/"}',
				DUNWELL_VENDOR_RATES: '{"twilio":50,"outlook":0.25}',
				DUNWELL_OAUTH_CLIENTS: '{"gmail":{"client_id":"id"}}',
			}),
		).toMatchObject({
			vendorUrls: { twilio: 'http://127.0.0.1:4010' },
			vendorRates: { twilio: 50, outlook: 0.25 },
			oauthClients: { gmail: { client_id: 'id' } },
		});
		expect(readConfig({ DUNWELL_VENDOR_URLS: '' })).toMatchObject({ vendorUrls: {}, vendorRates: {}, oauthClients: {} });
	});

	it.each([
		'twilio=http://x',
		'[]',
		'null',
		'{"twilio":1}',
		'{"twilio":"x"}',
		'{"twilio":"ftp://x"}',
		'{"twilio":"javascript:1"}',
	])('DUNWELL_VENDOR_URLS=%s is refused', (text) => {
		expect(() => readConfig({ DUNWELL_VENDOR_URLS: text })).toThrow(
			refused('DUNWELL_VENDOR_URLS', 'must map vendor ids to full addresses, such as {"twilio":"http://127.0.0.1:4010"}'),
		);
	});

	it.each([
		'50',
		'[50]',
		'{"twilio":"50"}',
		'{"twilio":0}',
		'{"twilio":-1}',
		'{"twilio":1e999}',
		'{"twilio":null}',
	])('DUNWELL_VENDOR_RATES=%s is refused', (text) => {
		expect(() => readConfig({ DUNWELL_VENDOR_RATES: text })).toThrow(
			refused('DUNWELL_VENDOR_RATES', 'must map vendor ids to messages a second above 0, such as {"twilio":50}'),
		);
	});

	it.each([
		'id',
		'{"gmail":"id"}',
		'{"gmail":{}}',
		'{"gmail":{"client_id":""}}',
		'{"gmail":{"client_id":"id","client_secret":7}}',
	])('DUNWELL_OAUTH_CLIENTS=%s is refused', (text) => {
		expect(() => readConfig({ DUNWELL_OAUTH_CLIENTS: text })).toThrow(
			refused('DUNWELL_OAUTH_CLIENTS', 'must be JSON such as {"gmail":{"client_id":"…","client_secret":"…"}}'),
		);
	});
});
