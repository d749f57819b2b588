import { describe, expect, it } from 'vitest';
import type { Context } from '../../shared/contracts/operation.ts';
import type { Static } from '../../shared/contracts/schema.ts';
import classifyDenial, { type input } from '../../shared/operations/classify_denial.ts';

const NOON = Date.parse('2026-11-24T17:00:00Z');
const classify = (value: Static<typeof input>) => classifyDenial.run({ now: NOON } as Context, value);

describe('Classify Denial', () => {
	it('answers its first example with its sample', async () => {
		expect(await classify(classifyDenial.examples[0] ?? { group: 'CO', reason_code: '197' })).toEqual(classifyDenial.sample);
	});

	it('answers its second example with what staff need before they release it', async () => {
		expect(await classify(classifyDenial.examples[1] ?? { group: 'CO', reason_code: '1' })).toMatchObject({
			category: 'review',
			patient_may_be_billed: 'after_release',
			evidence_needed: 'A waiver or advance notice of non-coverage (ABN) for this service, signed before it was given.',
		});
	});

	it('answers its third example with the day to send the claim, for there is nothing to appeal', async () => {
		expect(await classify(classifyDenial.examples[2] ?? { group: 'CO', reason_code: '1' })).toMatchObject({
			category: 'fix_resubmit',
			deadline_on: '2027-04-01',
			deadline_kind: 'file',
			deadline_text: 'Send the claim by 2027-04-01, by the days given. There is no right to appeal: send a corrected claim.',
			patient_may_be_billed: 'no',
		});
	});
});
