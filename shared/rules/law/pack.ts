/** What a pack of contact law is: dated data. The words of a parameter are a closed vocabulary that law.ts reads. */
import type { Policy } from '../../contracts/policy.ts';
import type { Channel, HoldReason } from '../../contracts/words.ts';

export type Role = Policy['role'];
export type Preset = Policy['packs']['presets'][number];

/** V: the primary text was read. S: a secondary source. M: from memory. U: unsettled. */
export type Grade = 'V' | 'S' | 'M' | 'U';

/** What a text must not speak of. content/lint.ts keeps every ban in every text: a reader may move, and a word that one state forbids helps in none. */
export type Ban = 'credit_report' | 'marketing' | 'threat' | 'third_party' | 'collection_step';

/** Lines that a text carries beside what it says. */
export type NoticeLine = 'opt_out' | 'financial_help' | 'language_help';

type Clocks = readonly [from: string, until: string];

type Words =
	/** A message arrives only inside it, on the recipient's clock, as HH:MM. */
	| { kind: 'window'; daily: Clocks; sunday?: Clocks }
	/** At most `limit` contacts about one debt in `days` rolling days. */
	| {
			kind: 'cap';
			limit: number;
			days: number;
			/** Attempts that did not arrive count on these channels: an unanswered dial rang. */
			failedCount: readonly Channel[];
			/** A balance is a debt only when it is more days past due. */
			pastDueDays?: number;
			/** Only once collection procedures have begun; unknown counts as begun. */
			inCollections?: true;
	  }
	/** No call about a debt so many days from the day somebody talked about it, that day being the first. */
	| { kind: 'silence_after_conversation'; days: number }
	/** A recorded consent for the channel. */
	| { kind: 'consent'; inCollections?: true }
	| { kind: 'forbidden'; reason: 'sms_collector' | 'recorded_call' }
	/** Only where the person asked for it. */
	| { kind: 'on_request' }
	/** The place a person asked to be reached at is the only one. */
	| { kind: 'only_place' }
	/** An amount needs the person's word that the channel need not be private; `never`: not even then. */
	| { kind: 'amount'; needs: 'risk_notice' | 'never' }
	/** An opt-out, by whatever means, counts from its own instant; the law would allow so many business days. */
	| { kind: 'revocation'; legalBusinessDays: number }
	/** An opt-out reaches further than the channel and the kind of message it was made on. */
	| { kind: 'revocation_of_all' }
	| { kind: 'ban'; topic: Ban }
	| { kind: 'notice'; line: NoticeLine; fromStep: number }
	/** A voicemail or an envelope that tells others in the household nothing: content/lint.ts keeps it everywhere, and nothing of ours is printed on an envelope. */
	| { kind: 'neutral'; part: 'voicemail' | 'envelope' }
	/** The hold that stands for it; `absolute`: nobody lets a message through. */
	| { kind: 'hold'; reason: HoldReason; absolute?: true }
	/** A bill is not overdue before both have passed: days after service, and days after the bill. */
	| { kind: 'delinquent_after'; serviceDays: number; billDays: number }
	/** Billed so much (minor units of US dollars) above the good faith estimate, within so many days of the bill. */
	| { kind: 'estimate_excess'; excessMinor: number; days: number };

/** Roles and channels narrow those of the pack. */
export type Parameter = Words & { roles?: readonly Role[]; channels?: readonly Channel[] };

export interface Pack {
	id: string;
	/** US, a state or territory, or NYC. */
	jurisdiction: string;
	/** Only where the policy turns it on. */
	preset?: Preset;
	roles: readonly Role[];
	channels: readonly Channel[];
	/** Local days of the practice: the first on which it binds, and the last. */
	effectiveFrom: string;
	effectiveTo?: string;
	parameters: readonly Parameter[];
	/** Nothing follows from it here; `sentence` says why. */
	note?: true;
	source: string;
	grade: Grade;
	reviewedOn: string;
	sentence: string;
}
