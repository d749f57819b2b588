/** The decision core: facts in, decisions with their reasons out. No I/O, no clock, no randomness. */
export { blankAccount, blankInvoice } from './blank.ts';
export { addBusinessDays, daysBetween, localClock, localDay, localText, startOfDay } from './calendar.ts';
export { type CheckInput, type CheckResult, checkReminderRules } from './check.ts';
export { type Beginning, type CompiledPolicy, compilePolicy } from './decide.ts';
export { explain, explainRules } from './explain.ts';
export { clockMinutes, type Hours, nextAllowed, type Window } from './hours.ts';
export { mayNameAmount } from './law/consent.ts';
export { delinquentOn, mayCallOverdue } from './law/delinquency.ts';
export { standsOn } from './law/holds.ts';
export { type Law, type LawBook, lawBook, lawOf, type Notice } from './law/law.ts';
export type { Pack, Parameter } from './law/pack.ts';
export { PACKS } from './law/packs-data.ts';
export { type PlaceEvidence, placesOf } from './law/places.ts';
export { type Check, type Compiled, compileCheck, type Getter, type Ternary } from './leaves.ts';
export { isCap, REASONS, type ReasonCode, textOfMany } from './reasons.ts';
export { afterBusinessDays, firstWorkingMoment } from './staff-time.ts';
export type * from './types.ts';
export { type ZoneEvidence, zonesOf } from './zones.ts';
