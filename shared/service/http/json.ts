/** Reading JSON so that a mistake is found by its place, without repeating what was sent: it may be a patient's. */
import { Failure } from '../../contracts/failure.ts';

/** @throws Failure `invalid` that names line and column */
export function parseJson(text: string): unknown {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		const { line, column } = place(text, faultOf(text));
		throw new Failure('invalid', `The body is not valid JSON: something is wrong at line ${line}, column ${column}. Correct it and send it again.`, {
			code: 'invalid_json',
		});
	}
	refuseUnstorable(value);
	return value;
}

/** Neither NUL nor half a surrogate pair can be kept by the database; both are signs of a damaged text. */
export function refuseUnstorable(value: unknown, depth = 0): void {
	if (typeof value === 'string') {
		if (/\u0000|\p{Surrogate}/u.test(value))
			throw new Failure('invalid', 'A text in the request holds a NUL or half of a character. Remove it.', { code: 'invalid_text' });
		return;
	}
	if (typeof value !== 'object' || value === null) return;
	// Deeper than any schema here; a walk over thousands of levels would overflow the stack.
	if (depth > 32) throw new Failure('invalid', 'The body is nested too deeply. See the fields of this operation.', { code: 'invalid_json' });
	for (const [name, child] of Object.entries(value)) {
		refuseUnstorable(name, depth);
		refuseUnstorable(child, depth + 1);
	}
}

function place(text: string, at: number): { line: number; column: number } {
	const before = text.slice(0, at);
	const line = before.split('\n').length;
	return { line, column: at - (before.lastIndexOf('\n') + 1) + 1 };
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * The index of the first character that cannot stand where it stands. JSON.parse's own message quotes the body and
 * mostly names no position.
 */
export function faultOf(text: string): number {
	let at = 0;
	const skip = (pattern: RegExp): boolean => {
		pattern.lastIndex = at;
		const found = pattern.exec(text);
		if (found) at = pattern.lastIndex;
		return found !== null;
	};
	/** What closes each open bracket, innermost last. */
	const open: string[] = [];
	let want: 'value' | 'value or end' | 'name' | 'name or end' | 'comma or end' = 'value';
	const after = (): typeof want => 'comma or end';
	for (;;) {
		skip(SPACE);
		const char = text[at];
		if (char === undefined) return at;
		if ((want === 'value or end' || want === 'name or end' || want === 'comma or end') && open.length > 0 && char === open.at(-1)) {
			at += 1;
			open.pop();
			want = after();
		} else if (want === 'comma or end') {
			if (char !== ',' || open.length === 0) return at;
			at += 1;
			want = open.at(-1) === '}' ? 'name' : 'value';
		} else if (want === 'name' || want === 'name or end') {
			if (!skip(STRING)) return char === '"' ? endOfBadString(text, at) : at;
			skip(SPACE);
			if (text[at] !== ':') return at;
			at += 1;
			want = 'value';
		} else if (char === '{' || char === '[') {
			open.push(char === '{' ? '}' : ']');
			at += 1;
			want = char === '{' ? 'name or end' : 'value or end';
		} else if (char === '"') {
			if (!skip(STRING)) return endOfBadString(text, at);
			want = after();
		} else {
			if (!skip(SCALAR)) return at;
			want = after();
		}
	}
}

/** A string that is broken is broken at its first control character or bad escape, or never ends. */
function endOfBadString(text: string, from: number): number {
	const good = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
	good.lastIndex = from;
	good.exec(text);
	return good.lastIndex;
}
