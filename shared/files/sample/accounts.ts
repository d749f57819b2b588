/** The sample practice's accounts and invoices. */
import { addDays } from '../dates.ts';
import { SAMPLE_CLAIMS, shownBalance } from './claims.ts';
import { FAMILY_NAMES, GIVEN_NAMES, PLACES, type Place } from './people.ts';
import type { Random } from './random.ts';

export interface SampleInvoice {
	number: string;
	serviceDate: string;
	firstNotice: string;
	dueDate: string;
	originalMinor: number;
	/** Negative is a credit. */
	balanceMinor: number;
	/** Is insurance done with it? Blank: the practice's system does not say. */
	finalized: 'yes' | 'no' | '';
	disputed: boolean;
}

type Answer = 'yes' | 'no' | '';

export interface SampleAccount {
	number: string;
	given: string;
	family: string;
	place: Place;
	phone: string;
	email: string;
	language: string;
	plan: string;
	highDeductible: Answer;
	text: Answer;
	emailConsent: Answer;
	call: Answer;
	deceased: boolean;
	bankruptcy: boolean;
	qmb: boolean;
	invoices: SampleInvoice[];
}

export const SAMPLE_ACCOUNTS = 66;
/** Accounts 0-11 reach a milestone on the day of the demo, with everything a message needs. */
const MILESTONES = [7, 15, 30] as const;
const READY = 12;
/** The accounts behind the claims of the remittance follow them. */
export const FIRST_CLAIM_ACCOUNT = READY;
const CLAIM_ACCOUNTS = new Set(SAMPLE_CLAIMS.map(({ account }) => account)).size;
/** One account each for what stops or changes a message; then come ordinary ones. */
const SPECIAL = { bankruptcy: 26, deceased: 27, qmb: 28, disputed: [29, 30, 31], credit: [32, 33, 34], small: [35, 36, 37, 38], large: 39 } as const;
const AGES = [0, 3, 5, 7, 11, 15, 18, 24, 30, 38, 46, 60, 75, 90, 105, 120] as const;

/** `day` is the calendar day of the demo. */
export function sampleAccounts(random: Random, day: string): SampleAccount[] {
	let next = 5001;
	const invoiceNumber = () => String(next++);
	return Array.from({ length: SAMPLE_ACCOUNTS }, (_, index) => {
		const account = person(random, index);
		const count = random.between(3, 4);
		return { ...account, invoices: Array.from({ length: count }, (_nothing, position) => invoice(random, index, position, day, invoiceNumber())) };
	});
}

function person(random: Random, index: number): Omit<SampleAccount, 'invoices'> {
	const given = GIVEN_NAMES[index % GIVEN_NAMES.length] ?? GIVEN_NAMES[0];
	const family = FAMILY_NAMES[(index * 3 + Math.floor(index / GIVEN_NAMES.length)) % FAMILY_NAMES.length] ?? FAMILY_NAMES[0];
	const place = PLACES[index % PLACES.length] ?? { location: '', state: '', zip: '', areaCode: '' };
	const ready = index < READY;
	const answer = (): Answer => (ready ? 'yes' : random.pick<Answer>(['yes', 'yes', 'yes', 'no', '']));
	const reachable = () => ready || random.next() < 0.9;
	return {
		number: String(10_001 + index),
		given,
		family,
		place,
		phone: reachable() ? `(${place.areaCode}) 555-01${String(index).padStart(2, '0')}` : '',
		email: reachable() ? `${given}.${family}.${10_001 + index}@example.com`.toLowerCase() : '',
		language: index % 6 === 4 ? 'Spanish' : 'English',
		plan: random.pick(['PPO', 'HMO', 'HDHP', 'Medicare', 'Medicaid', 'Self pay']),
		highDeductible: random.pick<Answer>(['yes', 'no', 'no', '']),
		text: answer(),
		emailConsent: answer(),
		call: random.pick<Answer>(['yes', 'no', '']),
		deceased: index === SPECIAL.deceased,
		bankruptcy: index === SPECIAL.bankruptcy,
		qmb: index === SPECIAL.qmb,
	};
}

function invoice(random: Random, account: number, position: number, day: string, number: string): SampleInvoice {
	const first = position === 0;
	const claim = account - FIRST_CLAIM_ACCOUNT;
	const claimed = first && claim >= 0 && claim < CLAIM_ACCOUNTS;
	const age = first && account < READY ? (MILESTONES[account % MILESTONES.length] ?? 7) : random.pick(AGES);
	const firstNotice = addDays(day, -age);
	const balanceMinor = claimed ? shownBalance(SAMPLE_CLAIMS, claim) : balance(random, account, first);
	return {
		number,
		serviceDate: addDays(firstNotice, -random.between(20, 50)),
		firstNotice,
		dueDate: addDays(firstNotice, 5),
		originalMinor: Math.abs(balanceMinor) + (random.next() < 0.3 ? random.between(10, 90) * 100 : 0),
		balanceMinor,
		finalized: account < READY ? 'yes' : random.pick(['yes', 'yes', 'yes', 'yes', 'no', '']),
		disputed: first && SPECIAL.disputed.some((special) => special === account),
	};
}

function balance(random: Random, account: number, first: boolean): number {
	const amount = random.between(1_200, 48_000);
	if (first && SPECIAL.credit.some((special) => special === account)) return -random.between(500, 9_000);
	if (SPECIAL.small.some((special) => special === account)) return random.between(45, 499);
	return first && account === SPECIAL.large ? 234_000 + (amount % 1000) : amount;
}
