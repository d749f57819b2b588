/**
 * Contact law as dated data. Owner: whoever answers for compliance; each pack is read again against its source
 * before `reviewedOn` grows a year old. Sentences are ours; `grade` says how near to the primary text they were
 * read. This is no legal advice.
 */
import type { Channel } from '../../contracts/words.ts';
import type { Pack, Role } from './pack.ts';

/** Older than any message of ours: the day itself decides nothing and was not looked up. */
const ALWAYS = '1970-01-01';
const REVIEWED = '2026-11-22';
const ALL: readonly Role[] = ['creditor', 'servicer', 'debt_collector'];
const COLLECTOR: readonly Role[] = ['debt_collector'];
const EVERY: readonly Channel[] = ['sms', 'voice', 'email', 'letter', 'fax', 'portal'];
const PHONE: readonly Channel[] = ['sms', 'voice'];
/** What rings or lights a screen, and what is written on one. */
const INSTANT: readonly Channel[] = ['sms', 'voice', 'email', 'portal'];

const federal = { jurisdiction: 'US', roles: ALL, reviewedOn: REVIEWED } as const;

const TELEPHONE: readonly Pack[] = [
	{
		...federal,
		id: 'TCPA-HOURS',
		channels: PHONE,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'window', daily: ['08:00', '21:00'] }],
		source: '47 CFR 64.1200(c)(1)',
		grade: 'S',
		sentence: 'Telephone solicitations stay between 8:00 and 21:00 on the called clock. A bill is none; the window is kept all the same.',
	},
	{
		...federal,
		id: 'TCPA-CONSENT',
		channels: PHONE,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'consent' }],
		source: '47 U.S.C. 227(b)(1)(A); Mais (11th Cir. 2014); Baisden (6th Cir. 2016)',
		grade: 'S',
		sentence: 'Recorded or dialled calls and texts to a mobile number need prior express consent that covers billing; without a record none is assumed.',
	},
	{
		...federal,
		id: 'TCPA-CASELAW',
		channels: PHONE,
		effectiveFrom: '2025-06-20',
		parameters: [],
		note: true,
		source: 'McLaughlin Chiropractic v. McKesson, U.S. Supreme Court, 20 June 2025',
		grade: 'U',
		sentence: "Courts need not follow the agency's reading and are split on texts. Nothing follows: the stricter reading stays.",
	},
	{
		...federal,
		id: 'TCPA-REVOKE',
		channels: PHONE,
		effectiveFrom: '2025-04-11',
		parameters: [{ kind: 'revocation', legalBusinessDays: 10 }],
		source: '47 CFR 64.1200(a)(10); 89 FR 15756',
		grade: 'V',
		sentence: 'An opt-out by any reasonable means is honoured within 10 business days; here at once.',
	},
	{
		...federal,
		id: 'TCPA-CONFIRM',
		channels: ['sms'],
		effectiveFrom: '2025-04-11',
		parameters: [],
		note: true,
		source: '47 CFR 64.1200(a)(12)',
		grade: 'S',
		sentence:
			'One text may confirm an opt-out within minutes. Nothing follows: who carries our texts answers STOP and HELP in its own words, and a second answer would be one too many.',
	},
	{
		...federal,
		id: 'TCPA-REVOKE-ALL',
		channels: PHONE,
		effectiveFrom: '2027-01-31',
		parameters: [{ kind: 'revocation_of_all' }],
		source: '47 CFR 64.1200(a)(10), delayed by FCC orders of 7 April 2025 and 6 January 2026',
		grade: 'U',
		sentence:
			'An opt-out from one kind of call or text stops every kind. Delayed to 31 January 2027 and under reconsideration; policy.packs.revoke_all keeps it now.',
	},
	{
		...federal,
		id: 'TCPA-HC-EXEMPT',
		channels: PHONE,
		effectiveFrom: ALWAYS,
		parameters: [],
		note: true,
		source: '47 CFR 64.1200(a)(9)(iv)',
		grade: 'S',
		sentence: 'Free treatment messages are exempt from consent, billing content is not. Nothing follows: no message of ours uses the exemption.',
	},
	{
		...federal,
		id: 'SMS-10DLC',
		roles: COLLECTOR,
		channels: ['sms'],
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'forbidden', reason: 'sms_collector' }],
		source: 'Carrier rules as Twilio errors 30863 and 30460 state them',
		grade: 'V',
		sentence: 'Carriers refuse texts of third-party debt collectors; a practice texts in its own name.',
	},
	{
		...federal,
		id: 'FAX',
		channels: ['fax'],
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'on_request' }],
		source: '47 CFR 64.1200(a)(4) is about advertisements; the rest is our own caution',
		grade: 'M',
		sentence: 'A fax lies open on a shared machine: it goes out only to who asked for it, behind a cover page.',
	},
	{
		...federal,
		id: 'CANSPAM',
		channels: ['email'],
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'ban', topic: 'marketing' }],
		source: '15 U.S.C. 7702(17); 16 CFR 316.3',
		grade: 'M',
		sentence: 'An e-mail about a balance is transactional only while it advertises nothing.',
	},
];

const COLLECTION: readonly Pack[] = [
	{
		...federal,
		id: 'REGF-7IN7',
		roles: COLLECTOR,
		channels: ['voice'],
		effectiveFrom: '2021-11-30',
		parameters: [
			{ kind: 'cap', limit: 7, days: 7, failedCount: ['voice'] },
			{ kind: 'silence_after_conversation', days: 7 },
		],
		source: '12 CFR 1006.14(b)(2)',
		grade: 'S',
		sentence:
			"More than 7 calls in 7 days about one debt, or one within 7 days of talking about it, is presumed to harass. For others the policy's caps on calls stand (3 in 7 days by default).",
	},
	{
		...federal,
		id: 'REGF-TIME',
		channels: INSTANT,
		effectiveFrom: '2021-11-30',
		parameters: [
			{ kind: 'window', daily: ['08:00', '21:00'], channels: PHONE },
			{ kind: 'window', daily: ['08:00', '21:00'], roles: COLLECTOR },
		],
		source: '12 CFR 1006.6(b)(1) and its comment',
		grade: 'V',
		sentence: 'Nothing arrives before 8:00 or after 21:00 at any place where the consumer may be. It binds collectors; texts and calls of everyone keep it.',
	},
	{
		...federal,
		id: 'REGF-OPTOUT',
		channels: ['sms', 'email'],
		effectiveFrom: '2021-11-30',
		parameters: [{ kind: 'notice', line: 'opt_out', fromStep: 0 }],
		source: '12 CFR 1006.6(e)',
		grade: 'V',
		sentence: 'Every text and e-mail says in plain words how to stop them. It binds collectors; everyone keeps it.',
	},
	{
		...federal,
		id: 'REGF-WHO',
		roles: COLLECTOR,
		channels: EVERY,
		effectiveFrom: '2021-11-30',
		parameters: [],
		note: true,
		source: '12 CFR 1006.6(a)',
		grade: 'V',
		sentence: 'A collector may also speak with a spouse, parent, guardian or executor. Nothing follows: messages go to the guarantor alone.',
	},
	{
		...federal,
		id: 'REGF-VM',
		channels: ['voice'],
		effectiveFrom: '2021-11-30',
		parameters: [{ kind: 'neutral', part: 'voicemail' }],
		source: '12 CFR 1006.2(j)',
		grade: 'S',
		sentence:
			'A voicemail names a business that does not reveal what it is about, a callback number, and nothing else. It binds collectors; everyone keeps it.',
	},
];

const PRIVACY: readonly Pack[] = [
	{
		...federal,
		id: 'HIPAA-MIN',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'amount', needs: 'never', channels: ['voice', 'fax'] },
			{ kind: 'ban', topic: 'third_party' },
		],
		source: '45 CFR 164.502(b), 164.506',
		grade: 'S',
		sentence: 'A message about payment discloses the least that does its work: each channel has a closed list of what it may name.',
	},
	{
		...federal,
		id: 'HIPAA-ALT',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'only_place' }],
		source: '45 CFR 164.522(b)',
		grade: 'S',
		sentence: 'A reasonable request to be reached by another means or at another place is kept, whatever else anybody prefers.',
	},
	{
		...federal,
		id: 'HIPAA-UNENC',
		channels: ['sms'],
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'amount', needs: 'risk_notice' }],
		source: '78 FR 5566 (Omnibus Rule), preamble',
		grade: 'S',
		sentence: 'Unencrypted messages may carry detail once the person was told of the risk and still prefers them; a text names no amount before.',
	},
];

const MEDICAL: readonly Pack[] = [
	{
		...federal,
		id: 'NSA-PPDR',
		channels: EVERY,
		effectiveFrom: '2022-01-01',
		parameters: [
			{ kind: 'hold', reason: 'gfe_dispute' },
			{ kind: 'estimate_excess', excessMinor: 40_000, days: 120 },
		],
		source: '45 CFR 149.620',
		grade: 'V',
		sentence:
			'Who pays alone and is billed at least $400 above the good faith estimate may dispute it within 120 days of the bill; meanwhile nothing is collected.',
	},
	{
		...federal,
		id: '501R-120',
		preset: 'hospital',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'ban', topic: 'collection_step' },
			{ kind: 'hold', reason: 'financial_assistance' },
			{ kind: 'notice', line: 'financial_help', fromStep: 0, channels: ['email', 'letter', 'portal'] },
		],
		source: '26 CFR 1.501(r)-6',
		grade: 'M',
		sentence:
			'A nonprofit hospital takes no extraordinary collection action for 120 days after the first statement and tells of financial help meanwhile. A reminder is none; no text of ours announces one.',
	},
	{
		...federal,
		id: 'FA-NOTICE',
		channels: ['email', 'letter', 'portal'],
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'notice', line: 'financial_help', fromStep: 2 },
			{ kind: 'hold', reason: 'financial_assistance' },
		],
		source: 'CA AB 1020 and Health and Safety Code 127425; WA and NM charity care law',
		grade: 'S',
		sentence:
			'Hospitals tell of financial help before they collect, and wait for an application. From the second step on everyone may; the line is in the policy.',
	},
	{
		...federal,
		id: 'QMB',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'hold', reason: 'qmb', absolute: true }],
		source: '42 U.S.C. 1396a(n)(3)(B)',
		grade: 'S',
		sentence: 'A Qualified Medicare Beneficiary is never billed Medicare cost sharing.',
	},
	{
		...federal,
		id: 'BK-STAY',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'hold', reason: 'bankruptcy', absolute: true }],
		source: '11 U.S.C. 362(a)',
		grade: 'M',
		sentence: 'From the petition on nothing of what was owed before it is collected; care after that day is billed as usual.',
	},
	{
		...federal,
		id: 'CFPB-MED',
		channels: EVERY,
		effectiveFrom: '2025-07-11',
		parameters: [],
		note: true,
		source: 'E.D. Tex., 11 July 2025; 90 FR 20084; CFPB interpretive rule of 28 October 2025',
		grade: 'S',
		sentence:
			"The federal ban on reporting medical debt was vacated and an advisory opinion withdrawn. Nothing follows: no message speaks of credit reports, and the states' bans stand.",
	},
	{
		...federal,
		id: '1557-LANG',
		channels: ['email', 'letter'],
		effectiveFrom: '2025-07-05',
		parameters: [{ kind: 'notice', line: 'language_help', fromStep: 0 }],
		source: '45 CFR 92.11',
		grade: 'U',
		sentence:
			'Providers with federal funds tell of free language help and aids in listed communications; whether bills are listed is unsettled, so the line is offered.',
	},
];

const state = (jurisdiction: string) => ({ jurisdiction, roles: ALL, reviewedOn: REVIEWED }) as const;

const STATES: readonly Pack[] = [
	{
		...state('FL'),
		id: 'FL-FCCPA-MAIL',
		channels: ['sms', 'voice', 'email'],
		effectiveFrom: ALWAYS,
		effectiveTo: '2025-05-15',
		parameters: [{ kind: 'window', daily: ['08:00', '21:00'] }],
		source: 'Fla. Stat. 559.72(17) before SB 232 of 2025',
		grade: 'V',
		sentence: 'Until 15 May 2025 the hours bound e-mail too.',
	},
	{
		...state('FL'),
		id: 'FL-FCCPA',
		channels: PHONE,
		effectiveFrom: '2025-05-16',
		parameters: [{ kind: 'window', daily: ['08:00', '21:00'] }],
		source: 'Fla. Stat. 559.72(17), SB 232 of 2025',
		grade: 'V',
		sentence:
			"Nobody, creditors included, contacts a debtor between 21:00 and 8:00 on the debtor's clock without consent; e-mail is excepted since 16 May 2025.",
	},
	{
		...state('MA'),
		id: 'MA-2IN7',
		channels: PHONE,
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'cap', limit: 2, days: 7, failedCount: ['voice'], pastDueDays: 30 },
			{ kind: 'window', daily: ['08:00', '21:00'] },
		],
		source: '940 CMR 7.03, 7.04(1)(f), 7.05; Armata v. Target, 480 Mass. 14 (2018)',
		grade: 'V',
		sentence:
			'A creditor starts at most 2 calls, texts or recorded messages in 7 days about one debt, unanswered dials included; a debt is more than 30 days past due.',
	},
	{
		...state('MA'),
		id: 'MA-HOUSEHOLD',
		channels: ['voice', 'letter', 'fax'],
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'neutral', part: 'voicemail' },
			{ kind: 'neutral', part: 'envelope' },
		],
		source: '940 CMR 7.05(2), 7.06',
		grade: 'V',
		sentence: 'Others in the household learn nothing of a debt, from a voicemail or from an envelope.',
	},
	{
		...state('NYC'),
		id: 'NYC-DCWP',
		channels: EVERY,
		effectiveFrom: '2026-09-01',
		parameters: [
			{ kind: 'cap', limit: 3, days: 7, failedCount: EVERY, inCollections: true },
			{ kind: 'consent', inCollections: true, channels: ['sms', 'email'] },
		],
		source: '6 RCNY 5-77 as amended 26 February 2026',
		grade: 'S',
		sentence:
			'Once collection procedures have begun, also for the original creditor: at most 3 contacts in 7 days per account, and consent for each electronic medium.',
	},
	{
		...state('NY'),
		id: 'NY-CRA',
		channels: EVERY,
		effectiveFrom: '2023-12-13',
		parameters: [{ kind: 'ban', topic: 'credit_report' }],
		source: 'N.Y. Fair Medical Debt Reporting Act',
		grade: 'S',
		sentence: 'Providers report no medical debt to credit bureaus, so no message may say that they might.',
	},
	{
		...state('CA'),
		id: 'CA-ROSENTHAL',
		channels: INSTANT,
		effectiveFrom: ALWAYS,
		parameters: [
			{ kind: 'window', daily: ['08:00', '21:00'] },
			{ kind: 'cap', limit: 7, days: 7, failedCount: ['voice'], channels: ['voice'] },
			{ kind: 'silence_after_conversation', days: 7, channels: ['voice'] },
			{ kind: 'ban', topic: 'threat' },
		],
		source: 'Cal. Civ. Code 1788.2(c), 1788.17',
		grade: 'S',
		sentence: 'Creditors keep most of what binds collectors: time, place and frequency of contact, and no threats.',
	},
	{
		...state('CA'),
		id: 'CA-SB1061',
		channels: EVERY,
		effectiveFrom: '2025-01-01',
		parameters: [{ kind: 'ban', topic: 'credit_report' }],
		source: 'Cal. SB 1061 of 2024',
		grade: 'S',
		sentence: 'Medical debt is not reported; a debt that is reported is void. The term it asks for in contracts is outside of messages.',
	},
	{
		...state('CO'),
		id: 'CO-HB23-1126',
		channels: EVERY,
		effectiveFrom: '2023-08-07',
		parameters: [{ kind: 'ban', topic: 'credit_report' }],
		source: 'Colo. HB 23-1126; the day is from memory',
		grade: 'S',
		sentence: 'Nobody claims that a medical debt will be reported.',
	},
	{
		...state('MN'),
		id: 'MN-62J',
		channels: EVERY,
		effectiveFrom: '2024-10-01',
		parameters: [
			{ kind: 'hold', reason: 'coding_review' },
			{ kind: 'forbidden', reason: 'recorded_call', channels: ['voice'] },
		],
		source: 'Minn. Stat. 62J.805 to 62J.811',
		grade: 'S',
		sentence:
			'While a coding error is reviewed nothing is billed; nobody dials about medical debt by machine; a spouse owes nothing. The policy to be published is a task for staff.',
	},
	{
		...state('ND'),
		id: 'ND-DELINQ',
		channels: EVERY,
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'delinquent_after', serviceDays: 90, billDays: 45 }],
		source: 'National Consumer Law Center, Collection Actions 9.4.3',
		grade: 'S',
		sentence: 'A medical bill is not delinquent before 90 days after the service and 45 after the bill; no message calls it overdue before.',
	},
	{
		...state('WA'),
		id: 'WA-MED',
		channels: EVERY,
		effectiveFrom: '2025-07-27',
		parameters: [{ kind: 'ban', topic: 'credit_report' }],
		source: 'Wash. SB 5480 of 2025; RCW 19.16.250',
		grade: 'S',
		sentence:
			'Reported medical debt is void. An itemised statement that is asked for pauses collectors (a hold that staff set); interest is not ours to charge, so its cap is not read.',
	},
];

const preset = (jurisdiction: string) => ({ ...state(jurisdiction), preset: 'conservative', channels: INSTANT }) as const;

/** Laws on sales calls, kept by who wants to stand well clear of them. */
const CONSERVATIVE: readonly Pack[] = [
	{
		...preset('US'),
		id: 'CONSERVATIVE',
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'window', daily: ['09:00', '20:00'], sunday: ['12:00', '20:00'] }],
		source: 'The narrowest of the states’ laws on sales calls; our own caution',
		grade: 'S',
		sentence: 'Messages arrive between 9:00 and 20:00, on Sundays from 12:00.',
	},
	{
		...preset('TX'),
		id: 'TX-SB140',
		effectiveFrom: '2025-09-01',
		parameters: [{ kind: 'window', daily: ['09:00', '21:00'], sunday: ['12:00', '21:00'] }],
		source: 'Tex. SB 140 of 2025; Bus. and Com. Code 302',
		grade: 'S',
		sentence: 'Sales texts count as sales calls: 9:00 to 21:00, Sundays from 12:00. A bill sells nothing.',
	},
	{
		...preset('FL'),
		id: 'FL-SALES',
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'window', daily: ['08:00', '20:00'] }],
		source: 'Fla. Stat. 501.616(6)',
		grade: 'S',
		sentence: 'Sales calls end at 20:00. A bill sells nothing.',
	},
	{
		...preset('WA'),
		id: 'WA-SALES',
		effectiveFrom: ALWAYS,
		parameters: [{ kind: 'window', daily: ['08:00', '20:00'] }],
		source: 'RCW 80.36.390',
		grade: 'S',
		sentence: 'Sales calls end at 20:00. A bill sells nothing.',
	},
];

export const PACKS: readonly Pack[] = [...TELEPHONE, ...COLLECTION, ...PRIVACY, ...MEDICAL, ...STATES, ...CONSERVATIVE];
