import { Failure } from '../contracts/failure.ts';
import { defineProvider, type MessageStatus } from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret, text } from '../contracts/schema.ts';
import { withBasic } from './signing.ts';

const auth = object({
	username: text('User name', 'The user name of the InterFAX account that sends the faxes.'),
	password: secret('Password', 'The password of the same user. InterFAX asks for it at every call of its REST interface.'),
	host: optional(choice({ usual: 'Usual', secure: 'PCI DSS' }, 'Host', 'The PCI DSS host keeps no faxes. InterFAX says which of the two an account may use.')),
});
type Credentials = Static<typeof auth>;

interface Fax {
	id: number | string;
	status: number;
	contact?: string | null;
	submitTime?: string;
}

const PAGE = 100;
const HOSTS = { usual: 'https://rest.interfax.net', secure: 'https://rest-sl.interfax.net' };
const url = ({ host = 'usual' }: Credentials, path: string): string => `${HOSTS[host]}${path}`;

/** Below nothing it is under way, nothing is success, above it is why it failed. https://docs.uplandsoftware.com/interfax/documentation/api/rest/rest-api-reference/ */
function reported({ id, status }: Fax): MessageStatus {
	const word = String(status);
	if (!Number.isInteger(status)) return { externalId: String(id), status: 'unknown', rawStatus: word };
	return {
		externalId: String(id),
		status: status < 0 ? 'sent' : status === 0 ? 'delivered' : 'undelivered',
		rawStatus: word,
		...(status > 0 && { code: word }),
	};
}

export default defineProvider({
	id: 'interfax',
	label: 'InterFAX',
	docs: 'https://docs.uplandsoftware.com/interfax/documentation/api/rest/rest-api-reference/',
	hosts: ['rest.interfax.net', 'rest-sl.interfax.net'],
	/** Ours: InterFAX publishes none for sending. */
	rate: { perSecond: 1, account: ({ username }) => username },
	auth,
	authorize: (request, { username, password }) => withBasic(request, username, password),
	/** The balance of prepaid cards: a bare number. */
	async check(http, credentials) {
		const balance = (await http.send({ method: 'GET', url: url(credentials, '/accounts/self/ppcards/balance') })).json();
		if (typeof balance !== 'number') throw new Failure('broken', 'InterFAX did not answer with the balance of the account. Check the user name.');
		return { label: `InterFAX user ${credentials.username}` };
	},
	failure(response) {
		if (response.status < 400) return undefined;
		let code: unknown;
		try {
			({ code } = response.json() as { code?: unknown });
		} catch {
			return undefined;
		}
		if (code !== -111) return undefined;
		return new Failure('denied', 'An InterFAX developer account faxes to its own number only. Ask InterFAX for a full account.', {
			code: 'config',
			vendorCode: '-111',
		});
	},
	send: {
		channels: ['fax'],
		idempotency: 'search',
		/** The page as it is, with everything else in the query. InterFAX answers 201 without a body: the id ends the Location. */
		async message(http, credentials, message) {
			if (!message.pdf) throw new Failure('invalid', 'A fax needs its page as a PDF. Send it by Send Reminder.', { code: 'pdf_missing' });
			const response = await http.send({
				method: 'POST',
				url: url(credentials, '/outbound/faxes'),
				query: {
					faxNumber: message.to,
					contact: message.reference,
					reference: message.reference,
					// The sending machine's number, which the law wants on every page (47 CFR 68.318(d)).
					csid: message.from.slice(0, 20),
					pageSize: 'letter',
					resolution: 'fine',
				},
				body: { bytes: message.pdf, type: 'application/pdf' },
			});
			const externalId = /\/(\d+)\/?$/.exec(response.headers['location'] ?? '')?.[1];
			if (externalId === undefined)
				throw new Failure('broken', 'InterFAX took the fax but gave no id for it. Look it up in InterFAX.', { outcomeUnknown: true });
			return { externalId, status: 'sent', rawStatus: 'created' };
		},
		/** There is no idempotency key: the newest faxes are searched for our reference, which stands as their contact. */
		async find(http, credentials, message) {
			const listed = (await http.send({ method: 'GET', url: url(credentials, '/outbound/faxes'), query: { limit: PAGE, sortOrder: 'desc' } })).json() as Fax[];
			const found = listed.find(({ contact }) => contact === message.reference);
			if (found) return reported(found);
			const oldest = Date.parse(listed.at(-1)?.submitTime ?? '');
			// A minute of tolerance for two clocks. A date that cannot be read proves nothing.
			if (listed.length === PAGE && !(oldest < Date.parse(message.attemptedAt) - 60_000))
				throw new Failure('unavailable', 'InterFAX lists more faxes than can be searched. Look the fax up in InterFAX.', { outcomeUnknown: true });
			return undefined;
		},
		/** Many in one call: InterFAX wants to be asked six times a minute at most. Its own callbacks are not signed, so none are taken. */
		async status(http, credentials, externalIds) {
			const query = { ids: externalIds.join(',') };
			return ((await http.send({ method: 'GET', url: url(credentials, '/outbound/faxes/completed'), query })).json() as Fax[]).map(reported);
		},
	},
});
