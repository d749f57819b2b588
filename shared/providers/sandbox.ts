import { defineProvider } from '../contracts/provider.ts';
import { object } from '../contracts/schema.ts';
import { CHANNELS, type Channel } from '../contracts/words.ts';

/** No vendor and no network: what is sent ends in the outbox, which the service keeps and GET /api/outbox shows. */
export default defineProvider({
	id: 'sandbox',
	label: 'Sandbox',
	docs: 'https://www.rfc-editor.org/rfc/rfc2606',
	hosts: [],
	auth: object({}),
	statuses: { delivered: 'delivered' },
	async check() {
		return { label: 'Sandbox: messages stay in the outbox' };
	},
	send: {
		channels: Object.keys(CHANNELS) as Channel[],
		idempotency: 'reference',
		async message(_http, _credentials, message) {
			return { externalId: `sandbox_${message.reference}`, status: 'delivered', rawStatus: 'delivered' };
		},
		/** The outbox takes every message, so one whose answer was lost is there. */
		async find(_http, _credentials, message) {
			return { externalId: `sandbox_${message.reference}`, status: 'delivered', rawStatus: 'delivered' };
		},
	},
	work: {
		async open(_http, _credentials, item) {
			return { externalId: `sandbox_${item.reference}`, link: item.link };
		},
		async update(_http, _credentials, externalId, item) {
			return { externalId, link: item.link };
		},
		async close() {},
	},
});
