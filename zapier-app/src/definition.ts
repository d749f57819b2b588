/**
 * The Zapier side of the catalogue as plain JSON: what derive.ts makes at build time and app.ts hangs functions on.
 * Nothing here needs TypeBox or ajv, so that the bundle carries neither.
 */
import type { Scope } from '../../shared/contracts/operation.ts';

export interface InputField {
	key: string;
	label?: string;
	type?: 'string' | 'text' | 'integer' | 'number' | 'boolean' | 'datetime' | 'copy';
	required?: true;
	/** Always text, whatever the type: Zapier's schema knows no other default. */
	default?: string;
	helpText?: string;
	choices?: { value: string; sample: string; label: string }[];
	/** `<hidden trigger>.id.label`. */
	dynamic?: string;
	list?: true;
	/** Line items: the columns of a row. Their keys are unique in the whole operation. */
	children?: InputField[];
	group?: string;
	meta?: Record<string, string | number | boolean>;
}

export interface OutputField {
	/** `key`, `parent__key` for an object in the object, `parent[]key` for line items. */
	key: string;
	label: string;
	type: 'string' | 'integer' | 'number' | 'boolean' | 'datetime';
	list?: true;
	/** Two events with the same value are one: what Zapier deduplicates its polls by. */
	primary?: true;
}

export interface Operation {
	key: string;
	noun: string;
	display: { label: string; description: string; hidden?: true };
	operation: {
		type?: 'hook' | 'polling';
		inputFields: InputField[];
		inputFieldGroups?: { key: string; label: string; emphasize: boolean }[];
		outputFields: OutputField[];
		sample: Record<string, unknown>;
		throttle?: { window: number; limit: number; scope: string[] };
	};
}

/** What a test in Zapier's editor does instead of the real thing. Absent: the real thing. */
export type EditorTest =
	/** Asks the search what would happen, and answers that with `values` on top. */
	| { instead: 'preview'; of: string; values: Record<string, unknown> }
	/** Runs with these inputs, whatever was chosen. */
	| { instead: 'with'; values: Record<string, unknown> }
	/** Answers the sample and calls nothing. */
	| { instead: 'sample' };

/** How an action or a search reaches the service. */
export interface Call {
	method: 'GET' | 'POST';
	/** Below /api. */
	path: string;
	scope: Scope;
	/** Runs inside the connector; method and path are not used. */
	pure?: true;
	editor?: EditorTest;
}

export interface Definition {
	triggers: Record<string, Operation>;
	creates: Record<string, Operation>;
	searches: Record<string, Operation>;
	calls: Record<string, Call>;
}
