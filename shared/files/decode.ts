/** Bytes of a file into text, piece by piece. */

export interface Decoder {
	/** Text of a piece, but for the last bytes of a character that goes on in the next. Text comes back as it is. */
	decode(piece: Uint8Array | string): string;
	/** What is left when no more comes. */
	end(): string;
}

const EMPTY = new Uint8Array(0);

/** UTF-8; from the first piece that is none, Windows-1252, as older senders still write names: no letter is lost. */
export function fileDecoder(): Decoder {
	const utf8 = new TextDecoder('utf-8', { fatal: true });
	let older: typeof utf8 | undefined;
	let held: Uint8Array = EMPTY;

	const decodeBytes = (bytes: Uint8Array): string => {
		if (older !== undefined) return older.decode(bytes);
		try {
			return utf8.decode(bytes);
		} catch {
			older = new TextDecoder('windows-1252');
			return older.decode(bytes);
		}
	};
	return {
		decode(piece) {
			if (typeof piece === 'string') return piece;
			const bytes = held.length === 0 ? piece : joined(held, piece);
			const whole = older === undefined ? wholeCharacters(bytes) : bytes.length;
			// A copy: whoever gives the bytes may write the next ones over them.
			held = whole === bytes.length ? EMPTY : bytes.slice(whole);
			return decodeBytes(bytes.subarray(0, whole));
		},
		end: () => decodeBytes(held),
	};
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
	const both = new Uint8Array(a.length + b.length);
	both.set(a);
	both.set(b, a.length);
	return both;
}

/** How many bytes end with a whole UTF-8 character: the last three may begin a longer one. */
function wholeCharacters(bytes: Uint8Array): number {
	for (let back = 1; back <= 3 && back <= bytes.length; back++) {
		const byte = bytes[bytes.length - back] ?? 0;
		if (byte >= 0xc0) return lengthFrom(byte) > back ? bytes.length - back : bytes.length;
		if (byte < 0x80) return bytes.length;
	}
	return bytes.length;
}

const lengthFrom = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);
