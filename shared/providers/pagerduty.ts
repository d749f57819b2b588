import { Failure } from '../contracts/failure.ts';
import { defineProvider, type VendorHttp, type WorkItem, type WorkResult } from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret } from '../contracts/schema.ts';
import { fit } from './fit.ts';

const HOSTS = { us: 'events.pagerduty.com', eu: 'events.eu.pagerduty.com' } as const;
const REGIONS = { us: 'United States', eu: 'Europe' } as const;

const auth = object({
	routing_key: secret(
		'Integration key',
		'32 characters. Under Services > your service > Integrations > Add integration > Events API V2; it belongs to that service.',
		{ minLength: 32, maxLength: 32 },
	),
	region: optional(
		choice(REGIONS, 'Service region', 'Where the PagerDuty account lives: Europe when its address ends in eu.pagerduty.com. Default: United States.', {
			default: 'us',
		}),
	),
});
type Credentials = Static<typeof auth>;

/** A service that goes by severity calls somebody at once for critical and error, and for nobody's night for warning and info. */
const SEVERITIES = { low: 'info', normal: 'warning', high: 'critical' } as const;
/** Nothing is ever open under it. */
const NOTHING = 'dunwell-connection-check';

export default defineProvider({
	id: 'pagerduty',
	label: 'PagerDuty',
	docs: 'https://developer.pagerduty.com/docs/events-api-v2-overview',
	hosts: Object.values(HOSTS),
	/** 120 events a minute for each routing key. https://developer.pagerduty.com/docs/events-api-v2-overview */
	rate: { perSecond: 2, account: ({ routing_key }) => routing_key },
	auth,
	/** No call only looks at a key; to resolve what is not open is taken and dropped. */
	async check(http, credentials) {
		await enqueue(http, credentials, { event_action: 'resolve', dedup_key: NOTHING });
		return { label: `PagerDuty events, ${REGIONS[credentials.region ?? 'us']}` };
	},
	failure(response) {
		if (response.status !== 400 || !/routing.?key/i.test(response.text)) return undefined;
		return new Failure('auth', 'PagerDuty does not know the integration key. Copy the key of an Events API V2 integration in the right service region.', {
			vendorCode: 'routing_key',
		});
	},
	work: {
		open: (http, credentials, item) => trigger(http, credentials, item, item.reference),
		/**
		 * The same deduplication key changes the open alert; one that was resolved over there opens again, because here it is still open.
		 * Acknowledged is only what somebody took: it silences PagerDuty's own escalation, and what moves up is work that nobody has.
		 */
		async update(http, credentials, externalId, item) {
			const told = await trigger(http, credentials, item, externalId);
			if (item.taken) await enqueue(http, credentials, { event_action: 'acknowledge', dedup_key: externalId });
			return told;
		},
		async close(http, credentials, externalId) {
			await enqueue(http, credentials, { event_action: 'resolve', dedup_key: externalId });
		},
	},
});

/** https://developer.pagerduty.com/docs/send-alert-event. Summary 1,024 characters. */
async function trigger(http: VendorHttp, credentials: Credentials, item: WorkItem, dedupKey: string): Promise<WorkResult> {
	await enqueue(http, credentials, {
		event_action: 'trigger',
		dedup_key: dedupKey,
		payload: {
			summary: fit(item.title, 1024),
			source: new URL(item.link).hostname,
			severity: SEVERITIES[item.severity],
			...(item.target === '' ? {} : { group: item.target }),
			custom_details: { what_to_do: item.text, ...(item.dueDate === undefined ? {} : { due: item.dueDate }) },
		},
		links: [{ href: item.link, text: 'Open in Dunwell' }],
		client: 'Dunwell',
		client_url: item.link,
	});
	return { externalId: dedupKey };
}

/** The integration key travels in the body, and nothing else signs. Harmless to repeat: PagerDuty keeps one alert for each deduplication key. */
async function enqueue(http: VendorHttp, credentials: Credentials, event: object): Promise<void> {
	const { status } = (
		await http.send({
			method: 'POST',
			url: `https://${HOSTS[credentials.region ?? 'us']}/v2/enqueue`,
			json: { routing_key: credentials.routing_key, ...event },
			idempotent: true,
		})
	).json() as { status?: string };
	if (status !== 'success') throw new Failure('broken', 'PagerDuty gave an answer that is not understood. Look at the service in PagerDuty.');
}
