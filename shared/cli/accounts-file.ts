/**
 * Accounts in a file, for trying policies without a service: what was known of each at the beginning, and what became
 * known when. The same facts as the rules read, written as people and other programs write them: snake_case, amounts
 * as decimals, instants with offset.
 */
import { Failure, invalidField } from '../contracts/failure.ts';
import { toMinor } from '../contracts/money.ts';
import { errorsOf } from '../contracts/validate.ts';
import { blankAccount, blankInvoice, localDay } from '../rules/index.ts';
import type { ChangedFacts, SimulatedAccount } from '../rules/simulate.ts';
import { type AccountsFile, accountsFileSchema } from './accounts-schema.ts';

export interface Accounts {
	from: number;
	/** The local day of the beginning, for people. */
	day: string;
	accounts: SimulatedAccount[];
}

/** Names that are amounts; inside they end with Minor. */
const MONEY = new Set(['amount', 'charge', 'paid', 'credit', 'estimate', 'residual', 'unpaid']);
const INSTANTS = new Set([
	'as_of',
	'since',
	'until',
	'at',
	'completed_at',
	'again_since',
	'insurance_since',
	'returned_at',
	'last_payment_at',
	'last_reply_at',
]);
const camel = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Names and values as the rules know them. A line's patient share is money, an invoice's patient is a person. */
function inside(value: unknown, currency: string, path: string): unknown {
	if (Array.isArray(value)) return value.map((one, index) => inside(one, currency, `${path}.${index}`));
	if (typeof value === 'string' && INSTANTS.has(path.slice(path.lastIndexOf('.') + 1))) return Date.parse(value);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, one]) =>
			typeof one === 'number' && (MONEY.has(name) || name === 'patient')
				? [`${name}Minor`, minor(one, currency, `${path}.${name}`)]
				: [camel(name), inside(one, currency, `${path}.${name}`)],
		),
	);
}

function minor(amount: number, currency: string, field: string): number {
	const value = toMinor(amount, currency);
	if (value === undefined) throw invalidField(field, `"${field}" has more decimals than ${currency} has.`);
	return value;
}

/** What a list's entries need that people leave out. */
const USUAL: Record<string, object> = {
	contacts: { valid: true, served: true },
	payments: { raised: false },
	claims: { raisedLines: [] },
	appointments: { raised: false },
	plans: { brokenRaised: false },
	promises: { extensions: 0, paidMinor: 0, covers: [], raised: [] },
	flags: { raised: false },
	disputes: { acknowledged: false, raised: false },
	installments: { paidMinor: 0, raised: [] },
};

function complete(value: object): object {
	return Object.fromEntries(
		Object.entries(value).map(([name, one]) => {
			const usual = USUAL[name];
			return [name, Array.isArray(one) ? one.map((entry: object) => (typeof entry === 'object' ? complete({ ...usual, ...entry }) : entry)) : one];
		}),
	);
}

/** @throws Failure `invalid` that names each part which is wrong */
export function readAccounts(value: unknown): Accounts {
	const faults = errorsOf(accountsFileSchema, value);
	if (faults.length > 0)
		throw new Failure('invalid', 'The file of accounts has parts to correct.', {
			code: 'accounts_invalid',
			fields: faults
				.slice(0, 50)
				.map(({ field, message }) => ({ field, message: message.replace('is not a field of this operation', 'is not part of such a file') })),
		});
	const file = value as AccountsFile;
	const { currency = 'USD', practice_zone: practiceZone = 'America/New_York' } = file;
	const from = Date.parse(file.from);
	const accounts = file.accounts.map(({ ref: account, changes = [], ...known }, index): SimulatedAccount => {
		const until = confirmedUntil([known, ...changes]);
		const { invoices = [], ...rest } = factsOf(known, currency, `accounts.${index}`);
		return {
			facts: {
				...blankAccount(account, currency, practiceZone),
				...(rest as ChangedFacts),
				invoices: invoices.map((one) => ({ ...blankInvoice('', 0, from), ...one }) as never),
			},
			changes: changes.map(({ at, ...changed }, n) => ({ at: Date.parse(at), facts: factsOf(changed, currency, `accounts.${index}.changes.${n}`) })),
			confirmedUntil: until,
		};
	});
	return { from, day: localDay(from, practiceZone), accounts };
}

type FileFacts = Omit<AccountsFile['accounts'][number], 'ref' | 'changes'>;

function factsOf(known: FileFacts, currency: string, path: string): ChangedFacts {
	const converted = complete(inside(known, currency, path) as object) as ChangedFacts & { invoices?: { confirmedUntil?: unknown }[] };
	for (const one of converted.invoices ?? []) delete (one as { confirmedUntil?: unknown }).confirmedUntil;
	return converted;
}

/** Where nothing else is said a source goes on confirming what it said. */
function confirmedUntil(known: readonly FileFacts[]): Record<string, number> {
	const out: Record<string, number> = {};
	for (const { ref: name, confirmed_until: until } of known.flatMap(({ invoices = [] }) => invoices))
		out[name] = until === undefined ? (out[name] ?? Number.POSITIVE_INFINITY) : Date.parse(until);
	return out;
}
