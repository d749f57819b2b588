/**
 * What a vendor's file declares. The presence of a capability means support. A provider is pure over an
 * injected `http`: no state, no clock, no retry loop, no store, no logging, no other provider.
 */
import type { Fact } from './facts.ts';
import type { Failure } from './failure.ts';
import type { Static, TObject } from './schema.ts';
import type { Channel, DeliveryStatus } from './words.ts';

/** A call to a vendor, before authorization. `url` is absolute and on one of the provider's hosts. */
export interface VendorRequest {
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	url: string;
	query?: Record<string, string | number | readonly string[]>;
	headers?: Record<string, string>;
	/** Exactly one kind of body. `form` keeps order and repeats, as Twilio and Stripe need. */
	json?: unknown;
	form?: readonly (readonly [name: string, value: string])[];
	body?: { bytes: Uint8Array | string; type: string };
	/** True when doing it twice is harmless (GET always is): only then is it retried after the request was written. */
	idempotent?: boolean;
}

export interface VendorResponse {
	status: number;
	/** Lower-case names. */
	headers: Record<string, string>;
	/** The body as text, whatever its declared type: vendors answer JSON errors as text and the reverse. */
	text: string;
	/** The body as JSON. @throws Failure `broken` when it is not JSON. */
	json(): unknown;
}

export interface VendorHttp {
	/**
	 * Sends with the connection's credentials. Resolves on 2xx and 3xx-free answers only.
	 * @throws Failure of the kind given by the provider's `failure` or by the default table.
	 */
	send(request: VendorRequest): Promise<VendorResponse>;
}

export interface OutgoingMessage {
	/** Our reminder reference, given to the vendor wherever it takes one. */
	reference: string;
	channel: Channel;
	to: string;
	/** The connection's sender for the channel: a number, an address, a messaging service. */
	from: string;
	fromName?: string;
	/** Plain text: the SMS, the words spoken, the text part of an e-mail. */
	text: string;
	subject?: string;
	html?: string;
	/** A call: what is left on a machine. Without it nothing is. */
	voicemail?: string;
	/** A fax: its page, drawn. */
	pdf?: Uint8Array;
	language: string;
	/** Where the vendor reports delivery; https, unguessable. */
	callbackUrl: string;
	/** RFC 8058 one-click address; e-mail only. */
	unsubscribeUrl?: string;
	/** The instant at which it leaves, for forms that carry a date. */
	at?: string;
	/** Stable across retries of the same message; for vendors that take an idempotency key. */
	idempotencyKey: string;
	/** None of ours went to this address before; only told where `send.asksFirst`. */
	first?: true;
}

export interface SendResult {
	/** The vendor's id of the message. */
	externalId: string;
	status: DeliveryStatus;
	/** The vendor's own word, kept. */
	rawStatus: string;
}

/** What a vendor says of a message when it is asked. */
export interface MessageStatus extends SendResult {
	/** The vendor's code of a failure. */
	code?: string;
	/** As of a delivery that a webhook tells. */
	fault?: Fault;
	/** It went nowhere because the person ended such messages: consent ends with it. */
	optedOut?: { channel: Channel; address: string };
}

/**
 * What an undelivered message says of its address. Left out: nobody is reached there. `channel`: not in this way, like a text to a landline.
 * `none`: nothing, because nobody picked up, the mailbox was full, or the sender was not let through.
 */
export type Fault = 'channel' | 'none';

/** A webhook as it arrived. Verification is over these bytes and no others. */
export interface RawRequest {
	method: string;
	/** The exact public URL, query included: Twilio signs it. */
	url: string;
	/** Lower-case names. */
	headers: Record<string, string>;
	body: Uint8Array;
}

/** An answer with 200. */
export interface Readable {
	type: string;
	body: string;
	/** What the vendor wants to hear back in a header. */
	headers?: Readonly<Record<string, string>>;
}

export type VendorEvent =
	/** What became of a message we sent. */
	| {
			id: string;
			type: 'delivery';
			externalId: string;
			reference?: string;
			status: DeliveryStatus;
			rawStatus: string;
			code?: string;
			fault?: Fault;
			at?: string;
	  }
	/** A patient wrote back. */
	| { id: string; type: 'reply'; channel: Channel; from: string; to?: string; text: string; keyword?: 'stop' | 'start' | 'help'; at?: string }
	/** The vendor recorded an opt-out itself: an unsubscribe, a spam report, a suppression. */
	| { id: string; type: 'opt_out'; channel: Channel; address: string; how: string; at?: string }
	| { id: string; type: 'facts'; facts: Fact[] };

export interface WorkItem {
	/** Our escalation reference: the deduplication key at the vendor. */
	reference: string;
	title: string;
	text: string;
	link: string;
	severity: 'low' | 'normal' | 'high';
	dueDate?: string;
	/** Somebody is on it, as `text` says. */
	taken?: true;
	/** Where: a channel, a project, a board; the route's `target`. */
	target: string;
	/** The phone of the guarantor; given where `work.callsBack`, and only when it is opened. */
	callBack?: string;
}

export interface WorkResult {
	/** What `update` and `close` need to find the item again. */
	externalId: string;
	link?: string;
}

export interface Page<T> {
	items: T[];
	/** Opaque; absent on the last page. */
	next?: string;
}

type Maybe<T> = T | undefined;

/** What a sign-in adds to the credentials. */
export interface SignedIn {
	access_token?: string;
}

export interface Provider<C extends TObject = TObject> {
	/** Kebab case, equal to the file's name. */
	id: string;
	/** The brand's own spelling. */
	label: string;
	/** The vendor's API reference. */
	docs: string;
	/** Host names it may call; the first is the default. `*.example.com` stands for every name below it. Empty only for providers without a vendor. */
	hosts: readonly string[];
	/** Credentials; each property's description says where the user finds it; secrets have format password. */
	auth: C;
	/**
	 * A person signs in at the vendor (OAuth 2, authorization code with PKCE), or `assertion` stands in for the person. The service keeps the
	 * tokens, refreshes them, and puts `access_token` beside the credentials: `authorize: withToken` sends it.
	 * `auth` then has `client_id` and `client_secret`, both optional where the operator registered one client for all practices.
	 */
	oauth?: {
		/** Where the person signs in. The issuer is its origin. */
		authorizationUrl(credentials: Static<C>): string;
		/** On one of the provider's hosts. */
		tokenUrl(credentials: Static<C>): string;
		scopes: readonly string[];
		/** Asked for beside them, and done without where they were not granted: a sign-in from before they were asked for goes on sending. */
		optionalScopes?: readonly string[];
		/** More parameters of the authorization request, such as Google's access_type. */
		parameters?: Readonly<Record<string, string>>;
		/** How the client shows its secret: in a header or in the form. */
		clientAuth: 'basic' | 'post';
		/** A signed statement that is exchanged for a token without a person (RFC 7523); undefined: a person signs in. */
		assertion?(credentials: Static<C>): Maybe<string>;
		/** It also works by other credentials, without anybody signed in. */
		optional?: true;
	};
	/**
	 * How many messages and pieces of staff work one account may be given in a second, over all processes and practices; source in the
	 * vendor's file. Left out: the vendor sets no limit that a practice could reach. `account` names the account where several connections
	 * may have the same one; undefined: it is the connection's own.
	 */
	rate?: { perSecond: number; account?(credentials: Static<C>): Maybe<string> };
	/** Adds the credentials to a request. Pure; `now` in ms is for signatures that carry a time. */
	authorize?(request: VendorRequest, credentials: Static<C> & SignedIn, now: number): VendorRequest;
	/** The cheapest authenticated call; its label names the account to a person and holds no secret. */
	check?(http: VendorHttp, credentials: Static<C>): Promise<{ label: string }>;
	/** Only where the vendor differs from the default table of vendor-http.ts. Also sees 2xx answers: Slack fails with 200. */
	failure?(response: VendorResponse, request: VendorRequest): Maybe<Failure>;
	/** Vendor's word → ours. Any other word is `unknown`, raw word kept. */
	statuses?: Readonly<Record<string, DeliveryStatus>>;
	send?: {
		channels: readonly Channel[];
		/** How the vendor is kept from doing it twice; `none` makes a lost answer `unknown`. */
		idempotency: 'header' | 'reference' | 'search' | 'none';
		/** It wants to know of a message whether it is the first to its address. */
		asksFirst?: true;
		message(http: VendorHttp, credentials: Static<C>, message: OutgoingMessage): Promise<SendResult>;
		/** Looks a message up after a lost answer; undefined when the vendor surely never took it. @throws Failure when it cannot tell. */
		find?(http: VendorHttp, credentials: Static<C>, message: OutgoingMessage & { attemptedAt: string }): Promise<Maybe<SendResult>>;
		/**
		 * What became of messages, for vendors that do not tell by themselves: asked for up to 200 at a time (1,000 with `failuresOnly`) until
		 * each is final. Those it says nothing of are asked for again. `since` is the instant at which the oldest of them left.
		 */
		status?(http: VendorHttp, credentials: Static<C>, externalIds: readonly string[], since: string): Promise<MessageStatus[]>;
		/**
		 * `status` hears of failures alone, as of bounces in a mailbox: no word is the usual end, so nobody is told of it, and it is never read
		 * as delivered. That the mailbox may not be read is no reason to stop sending from it.
		 */
		failuresOnly?: true;
	};
	read?: {
		/** One page of changes, oldest first where the vendor can. `since` is an instant. */
		page(http: VendorHttp, credentials: Static<C>, query: { since: string; cursor?: string; now: string }): Promise<Page<Fact>>;
		/** One invoice as it is now, for the check before a send; undefined when it no longer exists. */
		invoice?(http: VendorHttp, credentials: Static<C>, externalId: string, now: string): Promise<Maybe<Fact>>;
	};
	webhook?: {
		/** @throws Failure `auth` when the signature is missing, wrong, too old or of the future. `now` in ms. */
		verify(request: RawRequest, credentials: Static<C>, now: number): void;
		/** What comes only once, where the signature does not cover the body: a request that brings it again is answered and changes nothing. */
		once?(request: RawRequest): string;
		/** `now` stands in where the vendor gives no time. `id` of each event is what deduplication uses. */
		parse(request: RawRequest, now: string, credentials: Static<C>): VendorEvent[];
		/** What the vendor wants to read, once the request is verified; default 204 without a body. */
		answer?: Readable | ((request: RawRequest) => Readable);
		/**
		 * Enters our address at the vendor. Called whenever the connection was tried and works: doing it again renews what is there and
		 * adds nothing. The vendor may call the address before this ends.
		 */
		register?(http: VendorHttp, credentials: Static<C>, address: string): Promise<void>;
		/** How the practice enters our address at the vendor, in one or two sentences; where `register` does it, that nothing is to be done. */
		setup: string;
	};
	work?: {
		/** It rings a staff member, whose phone is the target, and connects them with the guarantor when they want that. */
		callsBack?: true;
		open(http: VendorHttp, credentials: Static<C>, item: WorkItem): Promise<WorkResult>;
		update?(http: VendorHttp, credentials: Static<C>, externalId: string, item: WorkItem): Promise<WorkResult>;
		close?(http: VendorHttp, credentials: Static<C>, externalId: string, item: WorkItem): Promise<void>;
	};
	/** The vendor sends its own reminder for an invoice of its own. */
	remind?: {
		idempotency: 'header' | 'none';
		invoice(http: VendorHttp, credentials: Static<C>, externalId: string, idempotencyKey: string): Promise<SendResult>;
	};
}

export const defineProvider = <C extends TObject>(provider: Provider<C>): Provider<C> => provider;

/** RFC 6750: the access token of a signed-in connection. */
export const withToken = (request: VendorRequest, { access_token: token }: SignedIn): VendorRequest =>
	token === undefined ? request : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };

/** Our word for a vendor's; never a guess. */
export const statusOf = (provider: Pick<Provider, 'statuses'>, word: string): DeliveryStatus =>
	(provider.statuses && Object.hasOwn(provider.statuses, word) ? provider.statuses[word] : undefined) ?? 'unknown';
