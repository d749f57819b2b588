import { createHash } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import { defineProvider, type VendorHttp, type VendorRequest, type WorkItem, type WorkResult, withToken } from '../contracts/provider.ts';
import { googleAuth, googleFailure, googleOAuth } from './google.ts';

const EVENTS = 'https://www.googleapis.com/auth/calendar.events';
const failure = googleFailure('Google Calendar');

/** Staff work as a day in a shared calendar: on the day it is due, and done when it is resolved. */
export default defineProvider({
	id: 'google-calendar',
	label: 'Google Calendar',
	docs: 'https://developers.google.com/workspace/calendar/api/v3/reference/events',
	hosts: ['www.googleapis.com', 'oauth2.googleapis.com'],
	/** Ours: Google sets a quota for each minute and user and publishes no figure for all. https://developers.google.com/workspace/calendar/api/guides/quota */
	rate: { perSecond: 5 },
	auth: googleAuth,
	oauth: googleOAuth([EVENTS]),
	authorize: withToken,
	failure,
	/** The list of the account's own calendar says whose it is; the scope for events may not read the calendar itself. */
	async check(http) {
		const { summary } = (await http.send({ method: 'GET', url: address('primary'), query: { maxResults: 1, fields: 'summary' } })).json() as {
			summary?: string;
		};
		if (!summary) throw new Failure('broken', 'Google Calendar did not say whose calendar it is. Sign in again.');
		return { label: summary };
	},
	work: {
		/** Its id is made from our reference, so that a second try finds the first: 409 says that it exists. */
		async open(http, _credentials, item) {
			const id = eventId(item);
			try {
				return await write(http, { method: 'POST', url: address(item.target), json: { id, ...eventOf(item) }, idempotent: true });
			} catch (error) {
				if (!(error instanceof Failure) || error.vendorCode !== 'duplicate') throw error;
				return change(http, item, id, eventOf(item));
			}
		},
		update: (http, _credentials, externalId, item) => change(http, item, externalId, eventOf(item)),
		async close(http, _credentials, externalId, item) {
			await change(http, item, externalId, { ...eventOf({ ...item, title: `Resolved: ${item.title}` }), reminders: { useDefault: false, overrides: [] } });
		},
	},
});

/** https://developers.google.com/workspace/calendar/api/v3/reference/events/insert#request-body: 5 to 1,024 of 0-9 and a-v. */
const eventId = ({ reference }: WorkItem): string => createHash('sha256').update(reference).digest('hex').slice(0, 32);

const address = (calendar: string, event?: string): string =>
	`https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(calendar || 'primary')}/events${event === undefined ? '' : `/${event}`}`;

/** A whole day. `end` is the day after it; nobody is invited and the day stays free. */
function eventOf(item: WorkItem) {
	const { dueDate: day } = item;
	if (!day) throw new Failure('invalid', 'Work without a due date has no day in a calendar. Give its route another connection.', { code: 'due_date_missing' });
	const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
	return {
		summary: item.title,
		description: `${item.text}\n\n${item.link}`,
		start: { date: day },
		end: { date: next },
		// One that somebody deleted comes back when its work is told again.
		status: 'confirmed',
		transparency: 'transparent',
		visibility: 'private',
		reminders: { useDefault: true },
		extendedProperties: { private: { dunwell: item.reference, severity: item.severity } },
	};
}

const change = (http: VendorHttp, item: WorkItem, event: string, json: object): Promise<WorkResult> =>
	write(http, { method: 'PATCH', url: address(item.target, event), json, idempotent: true });

async function write(http: VendorHttp, request: VendorRequest): Promise<WorkResult> {
	const { id, htmlLink } = (await http.send({ ...request, query: { sendUpdates: 'none' } })).json() as { id?: string; htmlLink?: string };
	if (!id) throw new Failure('broken', 'Google Calendar took the event but gave no id for it. Look at the calendar.');
	return { externalId: id, ...(htmlLink ? { link: htmlLink } : {}) };
}
