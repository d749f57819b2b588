/**
 * Our address at vendors that take it by an interface of theirs: entered as soon as a connection works, and once a day
 * again, because what they keep runs out, and some give an address up that did not answer for a while.
 */
import { Failure } from '../contracts/failure.ts';
import { connectionBroken, markConnection } from './connection-status.ts';
import { hookUrl, type OpenConnection, openConnection } from './connections.ts';
import { closeWorks } from './escalations/close.ts';
import { openWork } from './escalations/open.ts';
import { readPractice } from './practice.ts';
import type { Deps } from './types.ts';

export interface RegisterJob {
	practice_id: string;
	connection: string;
}

const causeOf = (connection: string): string => `reports:${connection}`;

/** For a connection that works. Answers why the vendor did not take the address; '' when it did or takes none. */
export async function enterHook(deps: Deps, practiceId: string, connection: OpenConnection): Promise<string> {
	if (!connection.provider.webhook?.register) return '';
	try {
		if (!isReachable(deps))
			throw new Failure('invalid', 'DUNWELL_PUBLIC_URL is no https address that can be reached from outside. Set it, then check the connection.');
		await register(deps, practiceId, connection);
		return '';
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return textOf(connection, error);
	}
}

/** On a developer's machine nothing is entered: the vendor would keep an address that leads nowhere. */
const isReachable = (deps: Deps): boolean => deps.config.publicUrl.startsWith('https:');

async function register(deps: Deps, practiceId: string, { name, provider, http, credentials }: OpenConnection): Promise<void> {
	if (!provider.webhook?.register) return;
	const address = await deps.ledger.practice(practiceId, (tx) => hookUrl(deps, tx, practiceId, name));
	await provider.webhook.register(http, credentials, address);
	await deps.ledger.practice(practiceId, (tx) =>
		closeWorks(
			deps,
			tx,
			{ id: practiceId },
			{ causes: [causeOf(name)], test: false },
			{ outcome: 'reconnected', actor: 'system', why: `${provider.label} reports again.` },
		),
	);
}

const textOf = ({ provider }: OpenConnection, error: Failure): string => `It works, but ${provider.label} does not report to Dunwell: ${error.message}`;

/** Each day. Without it replies and opt-outs would stop coming in with nobody hearing of it, so staff do. @throws Failure where a later try may do */
export async function renewHook(deps: Deps, { practice_id: practiceId, connection: name }: RegisterJob): Promise<void> {
	if (!isReachable(deps)) return;
	const connection = await deps.ledger.practice(practiceId, (tx) => openConnection(deps, tx, practiceId, name));
	try {
		await register(deps, practiceId, connection);
	} catch (error) {
		if (!(error instanceof Failure) || error.kind === 'limited' || error.kind === 'unavailable') throw error;
		const { label } = connection.provider;
		await deps.ledger.practice(practiceId, async (tx) => {
			const practice = await readPractice(tx, practiceId, deps.now());
			if (error.kind === 'auth') return connectionBroken(deps, tx, practice, connection, error);
			await markConnection(deps, tx, practiceId, name, 'working', textOf(connection, error));
			await openWork(deps, tx, practice, {
				cause: causeOf(name),
				test: false,
				reason: 'other',
				severity: 'high',
				title: `${label} no longer reports replies and deliveries`,
				note: error.message,
				actor: 'system',
			});
		});
	}
}
