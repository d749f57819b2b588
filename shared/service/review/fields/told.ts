/** What an event's fields are made of. */
import type { Decision, RaisedEvent } from '../../../rules/types.ts';
import type { Account } from '../../accounts.ts';
import type { Practice } from '../../practice.ts';
import type { Deps } from '../../types.ts';

export interface Told {
	deps: Deps;
	practice: Practice;
	account: Account;
	decision: Decision;
	event: RaisedEvent;
	/** Reminders that waited and were cancelled with it. */
	cancelled: number;
}
