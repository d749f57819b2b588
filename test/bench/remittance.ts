/** A remittance that flows in: how fast, and how much is held at once, for a small file and a large one. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { streamRemittance } from '../../shared/files/remittance.ts';
import { atLeast, atMost, type Row } from './row.ts';

const NOW = '2026-11-24T18:00:00Z';
const PIECE = 65_536;
/** The first rounds are the compiler's. */
const ROUNDS = 6;
/** Nine megabytes more of a file may hold so much more: memory does not grow with it, but a measurement wavers. */
const MORE_MEGABYTES = 1;

const ISA = `ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'EXAMPLEPAYER'.padEnd(15)}*ZZ*${'PRACTICE'.padEnd(15)}*261120*2200*^*00501*000000001*0*T*:`;
const HEAD = [
	ISA,
	'GS*HP*EXAMPLEPAYER*PRACTICE*20261120*2200*1*X*005010X221A1',
	'ST*835*0001',
	'BPR*I*0*C*ACH************20261120',
	'TRN*1*EFT20261120*1999999999',
	'DTM*405*20261119',
	'N1*PR*EXAMPLE HEALTH PLAN',
	'N1*PE*SAMPLE ALLERGY AND HOME CARE*XX*1234567893',
	'LX*1',
];

/** Of seven claims one is refused, one falls to the deductible and one is taken back and corrected. */
function claimSegments(index: number): string[] {
	const number = `CLP*${10_000 + index}-${5_000 + index}`;
	const payer = `12*EX${100_000 + index}*11`;
	const patient = [`NM1*QC*1*SURNAME*GIVEN****MI*X${index}`, 'DTM*232*20261003'];
	const visit = ['SVC*HC:99213:25*145*78**1', 'DTM*472*20261003', 'CAS*CO*45*42', 'CAS*PR*3*25', 'AMT*B6*103'];
	if (index % 7 === 1) return [`${number}*1*210*0**${payer}*1`, ...patient, 'SVC*HC:95165*210*0**1', 'DTM*472*20261003', 'CAS*CO*16*210', 'LQ*HE*N290'];
	if (index % 7 === 2)
		return [`${number}*1*360*0*264.2*${payer}*1`, ...patient, 'SVC*HC:95004*360*0**40', 'DTM*472*20261003', 'CAS*CO*45*95.8', 'CAS*PR*1*264.2'];
	if (index % 7 === 3)
		return [
			`${number}*22*-145*-80*-20*${payer}*8`,
			...patient,
			'SVC*HC:99213*-145*-80**1',
			'CAS*CO*45*-45',
			'CAS*PR*3*-20',
			`${number}*1*145*78*25*${payer}*7`,
			...patient,
			...visit,
		];
	return [`${number}*1*355*200*75*${payer}*1`, ...patient, ...visit, 'SVC*HC:95165*210*122**1', 'DTM*472*20261003', 'CAS*CO*45*38', 'CAS*PR*2*50'];
}

/** The same bytes every time, outside of the heap. */
function remittanceOf(megabytes: number): Buffer[] {
	const parts = [...HEAD];
	let size = 0;
	for (let index = 0; size < megabytes * 1_000_000; index++) {
		const text = claimSegments(index).join('~\n');
		parts.push(text);
		size += text.length + 2;
	}
	const segments = parts.join('~\n').split('~\n').length - 2;
	const bytes = Buffer.from([...parts, `SE*${segments + 1}*0001`, 'GE*1*1', 'IEA*1*000000001', ''].join('~\n'));
	return Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, index) => bytes.subarray(index * PIECE, (index + 1) * PIECE));
}

async function* flow(pieces: readonly Buffer[], between: () => void): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) {
		yield piece;
		between();
	}
}

async function readAll(pieces: readonly Buffer[], between: () => void = () => undefined): Promise<number> {
	let claims = 0;
	for await (const item of streamRemittance(flow(pieces, between), { now: NOW })) if (item.kind === 'claim') claims++;
	return claims;
}

async function megabytesPerSecond(pieces: readonly Buffer[]): Promise<{ wall: number; cpu: number; claims: number }> {
	const megabytes = pieces.reduce((sum, piece) => sum + piece.length, 0) / 1_000_000;
	let best = { wall: 0, cpu: 0, claims: 0 };
	for (let round = 0; round < ROUNDS; round++) {
		const [started, before] = [performance.now(), process.cpuUsage()];
		const claims = await readAll(pieces);
		const used = process.cpuUsage(before);
		const wall = megabytes / ((performance.now() - started) / 1000);
		if (wall > best.wall) best = { wall, cpu: megabytes / ((used.user + used.system) / 1_000_000), claims };
	}
	return best;
}

/** Megabytes that are alive while it reads, beside what was before: collected first, so that no garbage counts. */
async function peakHeap(pieces: readonly Buffer[], collect: () => void): Promise<number> {
	collect();
	const before = process.memoryUsage().heapUsed;
	let peak = before;
	await readAll(pieces, () => {
		collect();
		peak = Math.max(peak, process.memoryUsage().heapUsed);
	});
	return (peak - before) / 1_000_000;
}

export async function benchRemittance(): Promise<Row[]> {
	const part = 'remittance';
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const [small, large] = [remittanceOf(1), remittanceOf(10)];
	await readAll(large);
	const [slow, fast] = [await megabytesPerSecond(small), await megabytesPerSecond(large)];
	const [few, many] = [await peakHeap(small, collect), await peakHeap(large, collect)];
	const note = ({ cpu, claims }: typeof fast) => `${claims.toLocaleString('en-US')} claims; ${cpu.toFixed(1)} MB for each second of CPU`;
	return [
		{ part, name: 'an 835 of 1 MB', measured: slow.wall, unit: 'MB/s', note: note(slow) },
		{ part, name: 'an 835 of 10 MB', measured: fast.wall, unit: 'MB/s', budget: atLeast(20), note: note(fast) },
		{ part, name: 'alive at most, 1 MB', measured: few, unit: 'MB' },
		{ part, name: 'alive at most, 10 MB', measured: many, unit: 'MB' },
		{ part, name: 'more for 10 MB than for 1 MB', measured: Math.max(0, many - few), unit: 'MB', budget: atMost(MORE_MEGABYTES) },
	];
}
