/** Where staff work is known beside Dunwell: at a place in a connected tool, or with a person who was written to. */
import type { StaffChannel } from './routes.ts';

export interface Place {
	connection: string;
	/** A channel, a project, a board; a person's phone or mailbox. */
	target: string;
	/** How a person is written to; null: a tool holds the work. */
	channel: StaffChannel | null;
	/** The number or mailbox that a person is written from. */
	sender: string;
}

/** From another sender the same person is still told once. */
export const isSamePlace = (a: Place, b: Place): boolean => a.connection === b.connection && a.target === b.target && a.channel === b.channel;

export interface Task extends Place {
	/** leave: it goes where nobody else is told; close: it is resolved. */
	kind: 'open' | 'update' | 'close' | 'leave';
}
