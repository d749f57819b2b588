/** A small seeded generator (mulberry32), so that the sample is the same on every machine and in every run. */
export interface Random {
	/** From 0 up to, not including, 1. */
	next(): number;
	/** A whole number from `low` to `high`, both included. */
	between(low: number, high: number): number;
	pick<T>(choices: readonly [T, ...T[]]): T;
}

export function seeded(seed: number): Random {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
	return { next, between, pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0] };
}
