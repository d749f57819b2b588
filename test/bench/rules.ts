/**
 * DOMAIN-BENCH-12: twelve rules over 100,000 generated accounts, all of them evaluated, with every leaf that
 * was looked at written down. Beside it other engines over the same accounts, and the product's own
 * full review. A row counts only when its checksum is the right one.
 */
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { type AccountFacts, type Check, compileCheck, compilePolicy, type Getter, type Leaf } from '../../shared/rules/index.ts';
import { jsonLogicJs, jsonRulesEngine, type PeerRun, zenEngine } from './peers.ts';

export interface RulesBenchRow {
	name: string;
	accountsPerSecond: number;
	checksum: number;
}

export const BENCH_12_CHECKSUM = 163_861_350;

export interface BenchAccount {
	balanceCents: number;
	patientRespCents: number;
	daysSinceStatement: number;
	lastMilestone: number;
	lastPaymentStatus: string;
	planType: string;
	recurringBalanceCount: number;
	bankruptcy: boolean;
	deceased: boolean;
	disputeOpen: boolean;
	deniedClaimOpen: boolean;
	optedOutAll: boolean;
	contacts7d: number;
	localHour: number;
}

/** mulberry32: small, and the same numbers on every machine. */
function mulberry32(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

/** The order of the draws is part of the benchmark. */
export function benchAccounts(count: number): BenchAccount[] {
	const random = mulberry32(42);
	const below = (limit: number): number => Math.floor(random() * limit);
	const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
	return Array.from({ length: count }, () => ({
		balanceCents: below(80_000),
		patientRespCents: random() < 0.1 ? 0 : below(60_000),
		daysSinceStatement: below(130),
		lastMilestone: pick([0, 7, 15, 30]),
		lastPaymentStatus: random() < 0.8 ? 'paid' : pick(['none', 'paid', 'failed', 'returned']),
		planType: pick(['ppo', 'hdhp', 'medicare', 'medicaid', 'selfpay']),
		recurringBalanceCount: below(6),
		bankruptcy: random() < 0.01,
		deceased: random() < 0.01,
		disputeOpen: random() < 0.03,
		deniedClaimOpen: random() < 0.06,
		optedOutAll: random() < 0.04,
		contacts7d: below(4),
		localHour: below(24),
	}));
}

const getters: Record<keyof BenchAccount, Getter<BenchAccount>> = {
	balanceCents: (account) => account.balanceCents,
	patientRespCents: (account) => account.patientRespCents,
	daysSinceStatement: (account) => account.daysSinceStatement,
	lastMilestone: (account) => account.lastMilestone,
	lastPaymentStatus: (account) => account.lastPaymentStatus,
	planType: (account) => account.planType,
	recurringBalanceCount: (account) => account.recurringBalanceCount,
	bankruptcy: (account) => account.bankruptcy,
	deceased: (account) => account.deceased,
	disputeOpen: (account) => account.disputeOpen,
	deniedClaimOpen: (account) => account.deniedClaimOpen,
	optedOutAll: (account) => account.optedOutAll,
	contacts7d: (account) => account.contacts7d,
	localHour: (account) => account.localHour,
};

const is = (fact: keyof BenchAccount): Check => ({ fact, op: '=', value: true });
const worthIt: Check = { fact: 'balanceCents', op: '>=', value: 2500 };
const days = (op: '<' | '>=', value: number): Check => ({ fact: 'daysSinceStatement', op, value });
const milestoneBelow = (value: number): Check => ({ fact: 'lastMilestone', op: '<', value });

/** Rule i + 1 sets bit i. */
export const BENCH_12: readonly Check[] = [
	{ any: [is('bankruptcy'), is('deceased')] },
	is('disputeOpen'),
	{ all: [is('deniedClaimOpen'), { fact: 'patientRespCents', op: '=', value: 0 }] },
	is('optedOutAll'),
	{ fact: 'contacts7d', op: '>=', value: 2 },
	{
		any: [
			{ fact: 'localHour', op: '<', value: 8 },
			{ fact: 'localHour', op: '>=', value: 21 },
		],
	},
	{ all: [worthIt, days('<', 7)] },
	{ all: [worthIt, days('>=', 7), days('<', 15), milestoneBelow(7)] },
	{ all: [worthIt, days('>=', 15), days('<', 30), milestoneBelow(15)] },
	{ all: [worthIt, days('>=', 30), milestoneBelow(30)] },
	{ fact: 'lastPaymentStatus', op: 'in', value: ['failed', 'returned'] },
	{
		any: [
			{
				all: [
					{ fact: 'planType', op: '=', value: 'hdhp' },
					{ fact: 'balanceCents', op: '>=', value: 10_000 },
				],
			},
			{ fact: 'recurringBalanceCount', op: '>=', value: 3 },
		],
	},
];

/** What was looked at, in order, and where each rule's leaves end among them. */
export interface BenchTrace {
	leaves: Leaf[];
	ends: number[];
}

/** One account: the mask of the rules that hold, with every leaf of every rule. */
export function compileBench(): (account: BenchAccount, trace: BenchTrace) => number {
	const rules = BENCH_12.map((check) => compileCheck(check, getters));
	return (account, { leaves, ends }) => {
		let mask = 0;
		for (let i = 0; i < rules.length; i++) {
			if ((rules[i] as (typeof rules)[number])(account, leaves) === true) mask |= 1 << i;
			ends.push(leaves.length);
		}
		return mask;
	};
}

export function bench12(accounts: readonly BenchAccount[]): number {
	const decide = compileBench();
	let checksum = 0;
	for (const account of accounts) checksum += decide(account, { leaves: [], ends: [] });
	return checksum;
}

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 24, 17);
const dayAgo = (count: number): string => new Date(NOW - count * DAY).toISOString().slice(0, 10);
const ZONES: readonly (readonly string[])[] = [
	['America/New_York'],
	['America/Chicago'],
	['America/Chicago', 'America/New_York'],
	['America/Phoenix', 'America/Denver'],
	[],
];

/** Accounts as a practice has them: one to three invoices, some holds, consents, messages and failed payments. */
export function realisticAccounts(count: number): AccountFacts[] {
	return benchAccounts(count).map((account, index) => ({
		ref: `acc_${index}`,
		currency: 'USD',
		practiceZone: 'America/New_York',
		zones: ZONES[index % ZONES.length] ?? [],
		invoices: Array.from({ length: 1 + (index % 3) }, (_, at) => ({
			ref: `inv_${index}_${at}`,
			amountMinor: Math.floor(account.balanceCents / (at + 1)),
			firstNoticeDate: dayAgo(account.daysSinceStatement + at * 9),
			asOf: NOW - at * 3_600_000,
			finalShare: true,
			disputed: account.disputeOpen && at === 0,
			raisedDays: account.lastMilestone,
			remindedDays: account.lastMilestone,
			pausedDays: 0,
			...(account.deniedClaimOpen
				? {
						lines: [
							{ line: 1, state: 'denied_open' as const, chargeMinor: 9000, paidMinor: 0, patientMinor: 0 },
							{ line: 2, state: 'adjudicated' as const, chargeMinor: 12_000, paidMinor: 8000, patientMinor: account.patientRespCents },
						],
					}
				: {}),
		})),
		creditMinor: index % 20 === 0 ? 1500 : 0,
		holds: [
			...(account.bankruptcy ? [{ reason: 'bankruptcy' as const, since: NOW - DAY }] : []),
			...(account.deceased ? [{ reason: 'deceased' as const, since: NOW - DAY }] : []),
		],
		contacts: (['email', 'sms'] as const).map((channel) => ({
			channel,
			valid: true,
			served: true,
			consent: account.optedOutAll ? ('revoked' as const) : ('granted' as const),
		})),
		history: Array.from({ length: account.contacts7d }, (_, at) => ({ at: NOW - (at + 1) * 2 * DAY, channel: 'email' as const })),
		payments: ['failed', 'returned'].includes(account.lastPaymentStatus)
			? [{ ref: `pay_${index}`, status: 'failed', amountMinor: 5000, at: NOW - DAY, raised: false }]
			: [],
		claims: [],
		workOpen: false,
	}));
}

/** Sums what the decisions say, so that a run which decides otherwise shows. */
export function reviewChecksum(accounts: readonly AccountFacts[]): number {
	const policy = compilePolicy(DEFAULT_POLICY, 'bench');
	let checksum = 0;
	for (const account of accounts) {
		const decision = policy.decide(account, NOW);
		checksum += decision.eligibleMinor + decision.events.length + decision.blocked.length * 7 + (decision.reminder.verdict === 'send' ? 1 : 0);
	}
	return checksum;
}

/** The best of a few: the first runs are the compiler's. */
const RUNS = 4;

function timed(name: string, count: number, run: () => number): RulesBenchRow {
	let checksum = 0;
	let best = Number.POSITIVE_INFINITY;
	for (let i = 0; i < RUNS; i++) {
		const started = performance.now();
		checksum = run();
		best = Math.min(best, performance.now() - started);
	}
	return { name, accountsPerSecond: Math.round((count / best) * 1000), checksum };
}

const PEERS: Readonly<Record<string, (rules: readonly Check[]) => PeerRun>> = {
	'json-rules-engine': jsonRulesEngine,
	'zen-engine': zenEngine,
	'json-logic-js': jsonLogicJs,
};

/** undefined where an engine has no build for this machine: the others are still measured. */
function onThisPlatform(compile: () => PeerRun): PeerRun | undefined {
	try {
		return compile();
	} catch (error) {
		if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return undefined;
		throw error;
	}
}

async function timedPeer(name: string, run: PeerRun, accounts: readonly BenchAccount[], expected: number): Promise<RulesBenchRow> {
	let best = Number.POSITIVE_INFINITY;
	for (let i = 0; i < RUNS; i++) {
		const started = performance.now();
		const checksum = await run(accounts as unknown as Record<string, unknown>[]);
		best = Math.min(best, performance.now() - started);
		if (checksum !== expected) throw new Error(`${name} gave ${checksum}, not ${expected}.`);
	}
	return { name, accountsPerSecond: Math.round((accounts.length / best) * 1000), checksum: expected };
}

export interface RulesBench {
	ours: RulesBenchRow;
	peers: RulesBenchRow[];
	review: RulesBenchRow;
}

/** The peers run over a tenth of the accounts, their speed does not depend on how many there are. */
export async function runRulesBench(): Promise<RulesBench> {
	const accounts = benchAccounts(100_000);
	const ours = timed('rules: DOMAIN-BENCH-12, full leaf trace', accounts.length, () => bench12(accounts));
	if (ours.checksum !== BENCH_12_CHECKSUM) throw new Error(`DOMAIN-BENCH-12 gave ${ours.checksum}, not ${BENCH_12_CHECKSUM}.`);
	const some = accounts.slice(0, 10_000);
	const expected = bench12(some);
	const peers: RulesBenchRow[] = [];
	for (const [name, compile] of Object.entries(PEERS)) {
		const run = onThisPlatform(() => compile(BENCH_12));
		if (run !== undefined) peers.push(await timedPeer(name, run, some, expected));
	}
	const realistic = realisticAccounts(20_000);
	return { ours, peers, review: timed('rules: full review', realistic.length, () => reviewChecksum(realistic)) };
}
