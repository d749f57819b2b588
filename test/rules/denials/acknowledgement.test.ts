import { describe, expect, it } from 'vitest';
import { decidingStatus, statusOutcome, statusText } from '../../../shared/rules/denials/acknowledgement.ts';
import { CLAIM_STATUS_LIST, STATUS_CATEGORIES } from '../../../shared/rules/denials/claim-status-data.ts';

describe('the status of an acknowledgement', () => {
	it('is a rejection for A3, A6, A7 and A8 alone', () => {
		const rejected = Object.keys(STATUS_CATEGORIES).filter((category) => statusOutcome(category) === 'rejected');
		expect(rejected).toEqual(['A3', 'A6', 'A7', 'A8']);
		expect(CLAIM_STATUS_LIST.reviewedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
	});

	it.each([
		['R16', 'pending'],
		['F9', 'finalised'],
		['P9', 'pending'],
		['E4', 'unknown'],
		['A9', 'unknown'],
		['constructor', 'unknown'],
		['', 'unknown'],
	])('%s, read by its family, is %s', (category, outcome) => {
		expect(statusOutcome(category)).toBe(outcome);
	});

	it('that decides is the gravest: rejected, not understood, pending, finalised, accepted', () => {
		const of = (...categories: string[]) => decidingStatus(categories.map((category) => ({ category, status: '1' })))?.category;
		expect([of('A2', 'F1'), of('F1', 'P1'), of('P1', 'A4'), of('A4', 'A7', 'A3'), of()]).toEqual(['F1', 'P1', 'A4', 'A7', undefined]);
	});

	it('is said in words, each thing once', () => {
		expect(
			statusText([
				{ category: 'A2', status: '20' },
				{ category: 'A3', status: '21', entity: 'IL', line: 2 },
				{ category: 'A6', status: '164', entity: 'IL' },
				{ category: 'A6', status: '164', entity: 'IL' },
			]),
		).toBe('Returned as unprocessable (A3): line 2, subscriber: information missing or wrong; subscriber: member number.');
		expect(statusText([{ category: 'A3', status: '21', entity: 'ZZ' }])).toBe('Returned as unprocessable (A3): entity ZZ: information missing or wrong.');
		expect(statusText([])).toBe('Status not known.');
		expect(statusText([{ category: 'Q1', status: 'toString' }])).toBe('Status not known (Q1): status code toString.');
	});
});
