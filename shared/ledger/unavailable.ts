import { Failure } from '../contracts/failure.ts';

/** The ledger can not be opened. The message is one line that names the folder or the host and the remedy; never a password. */
export class LedgerUnavailable extends Failure {
	constructor(message: string, cause?: unknown) {
		super('unavailable', message.replaceAll(/\s+/g, ' ').trim(), { code: 'ledger_unavailable', cause });
		this.name = 'LedgerUnavailable';
	}
}

/** First line of an error's own words, for the tail of a message; a database's words about opening hold no patient data. */
export const wordsOf = (error: unknown): string => {
	const text = error instanceof Error ? error.message || (error as Error & { code?: string }).code || error.name : String(error);
	return (text.split('\n')[0] ?? '').slice(0, 200);
};

/** SQLSTATEs after which the same call may succeed: connection lost, out of resources, shut down, lost a race. */
const TRY_AGAIN = /^(08...|53...|57P0.|40001|40P01|55P03)$/;
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/**
 * What a statement's error is called outside of the ledger. The database's own message may quote a row (`Key
 * (your_reference)=(…) already exists`), so it stays in `cause` and only its SQLSTATE goes on, in `vendorCode`.
 */
export const failureOf = (error: unknown): unknown => {
	if (error instanceof Failure || !(error instanceof Error)) return error;
	const code = (error as Error & { code?: unknown }).code;
	if (typeof code !== 'string') return error;
	if (NETWORK.has(code) || TRY_AGAIN.test(code)) {
		return new Failure('unavailable', 'The database did not answer; try again.', { code: 'ledger_busy', vendorCode: code, cause: error });
	}
	if (!/^[0-9A-Z]{5}$/.test(code)) return error;
	if (code === '23505')
		return new Failure('conflict', 'The ledger already holds an entry with this key.', { code: 'ledger_conflict', vendorCode: code, cause: error });
	return new Failure('broken', `The database refused a statement (SQLSTATE ${code}).`, { code: 'ledger_refused', vendorCode: code, cause: error });
};
