/** The connector's icon, drawn here: a rounded card with a due line, a paid line and a tick, on the brand colour. */
import { crc32, deflateSync } from 'node:zlib';

/** What review asks for: square, at most 230 pixels. */
export const ICON_SIZE = 230;
/** Samples a side of each pixel, so that edges are smooth. */
const SAMPLES = 4;

type Point = { x: number; y: number };
type Shape = (p: Point) => boolean;

const box =
	(left: number, top: number, right: number, bottom: number, radius: number): Shape =>
	({ x, y }) => {
		const dx = Math.max(left + radius - x, 0, x - (right - radius));
		const dy = Math.max(top + radius - y, 0, y - (bottom - radius));
		return dx * dx + dy * dy <= radius * radius;
	};

const stroke =
	(from: Point, to: Point, width: number): Shape =>
	(p) => {
		const along = { x: to.x - from.x, y: to.y - from.y };
		const t = Math.min(1, Math.max(0, ((p.x - from.x) * along.x + (p.y - from.y) * along.y) / (along.x ** 2 + along.y ** 2)));
		return Math.hypot(p.x - from.x - t * along.x, p.y - from.y - t * along.y) <= width / 2;
	};

const CARD = box(48, 40, 182, 190, 16);
const MARKS: Shape[] = [
	box(70, 66, 160, 78, 6),
	box(70, 92, 132, 104, 6),
	stroke({ x: 80, y: 142 }, { x: 105, y: 165 }, 14),
	stroke({ x: 105, y: 165 }, { x: 152, y: 120 }, 14),
];

/** White card on the brand colour, marks in the brand colour on the card. Corners are always the brand colour: review compares them. */
const isWhite: Shape = (p) => CARD(p) && !MARKS.some((mark) => mark(p));

export function iconPng(color: string): Buffer {
	const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number, number];
	const rows = Buffer.alloc(ICON_SIZE * (1 + ICON_SIZE * 3));
	for (let y = 0; y < ICON_SIZE; y++) {
		for (let x = 0; x < ICON_SIZE; x++) {
			const white = coverage(x, y);
			const at = y * (1 + ICON_SIZE * 3) + 1 + x * 3;
			for (const [channel, value] of [red, green, blue].entries()) rows[at + channel] = Math.round(value + (255 - value) * white);
		}
	}
	const header = Buffer.alloc(13);
	header.writeUInt32BE(ICON_SIZE, 0);
	header.writeUInt32BE(ICON_SIZE, 4);
	// 8 bits a channel, RGB without alpha: a transparent background is refused.
	header.set([8, 2, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from('89504e470d0a1a0a', 'hex'),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(rows, { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

function coverage(x: number, y: number): number {
	let hits = 0;
	for (let i = 0; i < SAMPLES; i++) for (let j = 0; j < SAMPLES; j++) if (isWhite({ x: x + (i + 0.5) / SAMPLES, y: y + (j + 0.5) / SAMPLES })) hits++;
	return hits / SAMPLES ** 2;
}

/** PNG specification, section 5.3: length, type, data, CRC of type and data. */
function chunk(type: string, data: Buffer): Buffer {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const out = Buffer.alloc(8 + body.length);
	out.writeUInt32BE(data.length, 0);
	body.copy(out, 4);
	out.writeUInt32BE(crc32(body), 4 + body.length);
	return out;
}
