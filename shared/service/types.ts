/** What the service's parts are given. Nothing in it is global: tests run several services in one process. */
import type { Logger } from 'pino';
import type { Scope, Surface } from '../contracts/operation.ts';
import type { Provider, RawRequest, Readable } from '../contracts/provider.ts';
import type { Handlers, Ledger } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import type { Config } from './config.ts';

/** Who is asking, and for which practice. `test` decides which accounts exist for them and where messages may go. */
export interface Caller {
	practiceId: string;
	keyId: string;
	test: boolean;
	scopes: readonly Scope[];
	/** The staff member a person's own page or flow acts for, by the practice's short name. */
	performedBy?: string;
	/** `Idempotency-Key`, already compared with the body's field. */
	idempotencyKey?: string;
	surface: Surface;
	/** The event a flow acts on, from the `Dunwell-Caused-By` header: so that it does not hear its own echo. */
	causedBy?: string;
}

export interface Deps {
	config: Config;
	ledger: Ledger;
	/** Milliseconds since 1970; tests set it. */
	now(): number;
	log: Logger;
	providers: Readonly<Record<string, Provider>>;
	/** Encrypts and decrypts secrets at rest; `label` binds the text to its place, so that one cannot be moved to another row. */
	secrets: { seal(label: string, text: string): Uint8Array; open(label: string, sealed: Uint8Array): string };
	/** Names this process in claims: what another process left half-done is told from what this one is doing. */
	processId: string;
	/**
	 * Hears that a practice has accounts to review soon, in place of a timer of this process: for a host that may
	 * freeze the process between two requests. What it hears may be lost or doubled; the due times are in the ledger.
	 */
	onDue?(practiceId: string): void;
}

/** A subscription as it is asked for. */
export interface SubscribeInput {
	callback_url: string;
	/** The trigger's own input. */
	filters: Record<string, unknown>;
}

/** The parts of the service that the HTTP layer mounts beside the operations. Each file of shared/service exports its own. */
export interface UseCases {
	/** The operations of the catalogue, for one caller. */
	forCaller(caller: Caller): Service;
	/** POST /api/subscriptions/{type}: the same target and filters again give the same subscription. `secret` goes into the Location. */
	subscribe(caller: Caller, type: string, input: SubscribeInput): Promise<{ id: string; secret: string }>;
	/** DELETE /api/subscriptions/{id}/{secret}: with or without credentials; unknown ones are fine. `id` carries the practice. */
	unsubscribe(id: string, secret: string): Promise<void>;
	/** GET /api/subscriptions: health of each. */
	subscriptions(caller: Caller): Promise<{ items: object[] }>;
	/** GET /api/events/{type}?after=<event_id>&limit=: newest first without `after`, else what came after it, oldest first; bodies as subscribers see them. */
	events(caller: Caller, type: string, query: { after?: string; limit: number; filters: Record<string, unknown> }): Promise<{ items: object[]; next: string }>;
	/** GET /api/choices/{source}. */
	choices(caller: Caller, source: string): Promise<{ items: { id: string; label: string }[] }>;
	/** GET /api/outbox: what would have been, or was, sent to the sandbox; newest first. */
	outbox(caller: Caller, limit: number): Promise<{ items: object[] }>;
	/** POST /api/hooks/{vendor}/{secret}. */
	receive(vendor: string, secret: string, request: RawRequest): Promise<Readable | undefined>;
	/** GET and POST /api/go/{token}: where to send the patient, or what to tell them. POST is RFC 8058 one-click. */
	follow(token: string, method: 'GET' | 'POST'): Promise<{ redirect?: string; page?: { title: string; text: string; button?: string } }>;
	/** GET /api/accounts/{ref}: for staff. */
	account(caller: Caller, ref: string): Promise<object>;
	/** Queue handlers, and the work of a timer tick: due reviews, stale claims, polls, retries that were lost. */
	handlers: Handlers;
	tick(): Promise<{ practices: number }>;
}
