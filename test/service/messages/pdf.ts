/** The text of a PDF of ours, read back from its uncompressed or deflated pages. */
import { inflateSync } from 'node:zlib';

export interface Placed {
	text: string;
	/** Points from the left and from the top. */
	x: number;
	y: number;
}

const HEIGHT = 792;

/** Page by page, in the order of drawing. Text that one call draws over several lines comes line by line. */
export function pagesOf(pdf: Uint8Array): Placed[][] {
	const raw = Buffer.from(pdf).toString('latin1');
	return [...raw.matchAll(/\/Type \/Page\n[\s\S]*?\/Contents (\d+) 0 R/g)].map(([, id = '']) => placed(stream(raw, id)));
}

function stream(raw: string, id: string): string {
	const object = new RegExp(`(?:^|\\n)${id} 0 obj\\n<<([\\s\\S]*?)>>\\nstream\\n([\\s\\S]*?)\\nendstream`).exec(raw);
	const bytes = object?.[2] ?? '';
	return object?.[1]?.includes('FlateDecode') ? inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1') : bytes;
}

const placed = (content: string): Placed[] =>
	[...content.matchAll(/1 0 0 1 ([\d.]+) ([\d.]+) Tm[\s\S]*?\[([\s\S]*?)\] TJ/g)]
		.map(([, x, y, shown = '']) => ({
			x: Number(x),
			y: HEIGHT - Number(y),
			text: [...shown.matchAll(/<([0-9a-f]+)>/g)].map(([, hex = '']) => new TextDecoder('windows-1252').decode(Buffer.from(hex, 'hex'))).join(''),
		}))
		.filter(({ text }) => text !== '');
