import { describe, expect, test } from 'vitest';
import { HOLD_REASONS } from '../../../shared/contracts/words.ts';
import { dayNumber } from '../../../shared/rules/calendar.ts';
import { clockMinutes, PACKS } from '../../../shared/rules/index.ts';
import { STATE_ZONES } from '../../../shared/rules/zone-data.ts';

describe('the packs of law', () => {
	test('no id stands twice', () => {
		const ids = PACKS.map((pack) => pack.id);
		expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
	});

	test.each(PACKS.map((pack) => [pack.id, pack] as const))('%s has a place, a source, a sentence and real days', (_, pack) => {
		expect(['US', 'NYC', ...Object.keys(STATE_ZONES)]).toContain(pack.jurisdiction);
		expect(pack.roles.length).toBeGreaterThan(0);
		expect(pack.channels.length).toBeGreaterThan(0);
		expect(pack.source.length).toBeGreaterThan(10);
		expect(pack.sentence).toMatch(/^[A-Z].{20,}\.$/);
		expect(['V', 'S', 'M', 'U']).toContain(pack.grade);
		expect(dayNumber(pack.reviewedOn)).toBeGreaterThan(dayNumber('2026-11-01'));
		expect(dayNumber(pack.effectiveFrom)).toBeLessThan(dayNumber(pack.effectiveTo ?? '9999-12-31'));
	});

	test('a note says why nothing follows, and every other pack has a parameter', () => {
		for (const pack of PACKS) {
			expect([pack.id, pack.parameters.length === 0]).toEqual([pack.id, pack.note === true]);
			if (pack.note === true) expect(pack.sentence).toContain('Nothing follows');
		}
	});

	test('a parameter narrows its pack and never widens it', () => {
		for (const { id, channels, roles, parameters } of PACKS) {
			for (const parameter of parameters) {
				expect([id, (parameter.channels ?? []).filter((channel) => !channels.includes(channel))]).toEqual([id, []]);
				expect([id, (parameter.roles ?? []).filter((role) => !roles.includes(role))]).toEqual([id, []]);
			}
		}
	});

	test('windows open before they close, and caps allow something', () => {
		for (const parameter of PACKS.flatMap((pack) => pack.parameters)) {
			if (parameter.kind === 'window')
				for (const [from, until] of [parameter.daily, parameter.sunday ?? parameter.daily]) expect(clockMinutes(from)).toBeLessThan(clockMinutes(until));
			if (parameter.kind === 'cap') expect(parameter.limit).toBeGreaterThan(0);
			if (parameter.kind === 'hold') expect(Object.keys(HOLD_REASONS)).toContain(parameter.reason);
		}
	});

	test('two laws never say different things of how an amount may be named on a channel', () => {
		const said = PACKS.flatMap((pack) => pack.parameters.flatMap((parameter) => (parameter.kind === 'amount' ? (parameter.channels ?? pack.channels) : [])));
		expect(said.filter((channel, index) => said.indexOf(channel) !== index)).toEqual([]);
	});
});
