/**
 * Facts out of systems whose fields we do not know: a map from our field to a dotted path into their record.
 * A value after `=` is used as it is: {"kind": "=balance", "amount": "open.total"}.
 */
import type { AccountHint, Fact } from '../contracts/facts.ts';
import { Failure, invalidField } from '../contracts/failure.ts';
import { toMinor } from '../contracts/money.ts';

const ACCOUNT_TEXT = {
	account_ref: 'accountRef',
	your_reference: 'yourReference',
	name: 'name',
	email: 'email',
	phone: 'phone',
	language: 'language',
	location: 'location',
	state: 'state',
	zip: 'zip',
	plan_type: 'planType',
} as const;
const ACCOUNT_FLAGS = { high_deductible: 'highDeductible', deceased: 'deceased', bankruptcy: 'bankruptcy', qmb: 'qmb' } as const;
const PAYMENT_STATUSES = ['succeeded', 'failed', 'returned', 'disputed'] as const;
const METHODS = ['card', 'ach', 'check', 'cash', 'other'] as const;
const FIELDS = [
	'records',
	'kind',
	...Object.keys(ACCOUNT_TEXT),
	...Object.keys(ACCOUNT_FLAGS),
	'currency',
	'as_of',
	'invoice',
	'amount',
	'original_amount',
	'due_date',
	'first_notice_date',
	'service_date',
	'final_patient_share',
	'disputed',
	'external_id',
	'payment',
	'status',
	'method',
	'code',
	'will_retry',
	'autopay',
	'at',
];

function jsonOf(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		throw new Failure('invalid', 'The field map is not JSON. Correct it.', { code: 'field_map_not_valid' });
	}
}

/** Without a map every field has our name. `records` is the path of the list. @throws Failure `invalid` when the text is no such map */
export function fieldMap(text: string | undefined): Record<string, string> {
	if (!text) return Object.fromEntries(FIELDS.filter((name) => name !== 'records').map((name) => [name, name]));
	const map = jsonOf(text);
	if (typeof map !== 'object' || map === null || Array.isArray(map))
		throw new Failure('invalid', 'The field map must be a JSON object of our field and your path.', { code: 'field_map_not_valid' });
	for (const [name, path] of Object.entries(map)) {
		if (!FIELDS.includes(name))
			throw new Failure('invalid', `The field map has "${name.slice(0, 60)}", which is not one of our fields: ${FIELDS.join(', ')}.`, {
				code: 'field_map_not_valid',
			});
		if (typeof path !== 'string' || path === '') throw new Failure('invalid', `The field map must give a path for "${name}".`, { code: 'field_map_not_valid' });
	}
	return map as Record<string, string>;
}

/** Own properties only: a path may not reach __proto__ or a method. */
const own = (value: unknown, key: string): unknown =>
	typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
/** The value at a dotted path; a column whose name has a dot in it ("Acct. no") is found by its whole name first. */
export const at = (value: unknown, path: string): unknown => own(value, path) ?? path.split('.').reduce(own, value);

/**
 * One fact of one record. `now` stands in where the record has no time.
 * @throws Failure `invalid` that names the field by `place` and path, never its value
 */
export const factFrom = (record: unknown, map: Record<string, string>, { source, place, now }: { source: string; place: string; now: string }): Fact =>
	new RecordReader(record, map, place).fact(source, now);

class RecordReader {
	readonly #record: unknown;
	readonly #map: Record<string, string>;
	readonly #place: string;

	constructor(record: unknown, map: Record<string, string>, place: string) {
		this.#record = record;
		this.#map = map;
		this.#place = place;
	}

	#value(name: string): unknown {
		const path = this.#map[name];
		const value = path?.startsWith('=') ? path.slice(1) : path === undefined ? undefined : at(this.#record, path);
		return value === '' || value === null ? undefined : value;
	}

	#refuse(name: string, must: string): never {
		const field = `${this.#place}.${this.#map[name] ?? name}`;
		throw invalidField(field, `"${field}" ${must}. Correct it at the source, or the field map of the connection.`);
	}

	#text(name: string): string | undefined {
		const value = this.#value(name);
		if (value === undefined || typeof value === 'string') return value;
		return typeof value === 'number' ? String(value) : this.#refuse(name, 'must be text');
	}

	#need(name: string): string {
		return this.#text(name) ?? this.#refuse(name, 'is required');
	}

	#flag(name: string): boolean | undefined {
		const value = this.#value(name);
		if (value === undefined || typeof value === 'boolean') return value;
		if (/^(true|yes|y|1)$/i.test(String(value))) return true;
		return /^(false|no|n|0)$/i.test(String(value)) ? false : this.#refuse(name, 'must be true or false');
	}

	#money(name: string, currency: string): number | undefined {
		const value = this.#text(name);
		return value === undefined ? undefined : (toMinor(value, currency) ?? this.#refuse(name, 'must be an amount such as 84.20'));
	}

	#date(name: string): string | undefined {
		const value = this.#text(name);
		const day = value?.slice(0, 10);
		return day === undefined || (/^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)))
			? day
			: this.#refuse(name, 'must be a date such as 2026-11-24');
	}

	#instant(name: string): string | undefined {
		const value = this.#text(name);
		if (value === undefined) return undefined;
		return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))
			? new Date(value).toISOString()
			: this.#refuse(name, 'must be a date and time with offset such as 2026-11-24T09:30:00-05:00');
	}

	#oneOf<T extends string>(name: string, words: readonly T[]): T {
		const value = this.#need(name);
		return words.find((word) => word === value) ?? this.#refuse(name, `must be one of ${words.join(', ')}`);
	}

	#account(): AccountHint {
		const hint: Record<string, string | boolean> = {};
		for (const [name, key] of Object.entries(ACCOUNT_TEXT)) {
			const value = this.#text(name);
			if (value !== undefined) hint[key] = value;
		}
		for (const [name, key] of Object.entries(ACCOUNT_FLAGS)) {
			const value = this.#flag(name);
			if (value !== undefined) hint[key] = value;
		}
		if (hint['accountRef'] === undefined && hint['yourReference'] === undefined) this.#refuse('your_reference', 'is required');
		return hint;
	}

	fact(source: string, now: string): Fact {
		const kind = this.#oneOf('kind', ['balance', 'payment'] as const);
		const currency = (this.#text('currency') ?? 'USD').toUpperCase();
		const sourced = { source, account: this.#account(), currency, asOf: this.#instant('as_of') ?? now };
		const amountMinor = this.#money('amount', currency) ?? this.#refuse('amount', 'is required');
		const invoice = this.#text('invoice');
		const shared = { ...sourced, amountMinor, ...(invoice !== undefined && { invoice }) };
		if (kind === 'payment') {
			const status = this.#oneOf('status', PAYMENT_STATUSES);
			const method = this.#value('method') === undefined ? undefined : this.#oneOf('method', METHODS);
			return {
				kind,
				...shared,
				...known({ method, code: this.#text('code'), willRetry: this.#flag('will_retry'), autopay: this.#flag('autopay') }),
				payment: this.#need('payment'),
				status,
				at: this.#instant('at') ?? sourced.asOf,
			};
		}
		const dates = { dueDate: this.#date('due_date'), firstNoticeDate: this.#date('first_notice_date'), serviceDate: this.#date('service_date') };
		const rest = {
			originalMinor: this.#money('original_amount', currency),
			finalPatientShare: this.#flag('final_patient_share'),
			disputed: this.#flag('disputed'),
			externalId: this.#text('external_id'),
		};
		return { kind, ...shared, ...known({ ...dates, ...rest }) };
	}
}

/** Unknown stays absent: `undefined` written out is another thing than a field that is not there. */
type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const known = <T extends object>(values: T): Known<T> => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Known<T>;
