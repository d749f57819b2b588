/** What a review says of many accounts at once: true of each of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccount, createPractice, type Running, startService, type TestPractice } from '../../kit/service.ts';

let service: Running;
let practice: TestPractice;
beforeAll(async () => {
	service = await startService();
	practice = await createPractice(service.url);
});
afterAll(() => service.close());

const reasons = async (): Promise<string[]> => (await practice.must('POST', '/api/reviews', {})).reasons_text.split('\n');

it('gives one account its own numbers, and of several with other numbers what is true of all', async () => {
	await createAccount(practice, { your_reference: 'A-1', amount: 0.4 });
	expect(await reasons()).toContain('1: $0.40 is below the smallest balance for a message ($1.00).');
	await createAccount(practice, { your_reference: 'A-2', amount: 0.6, phone: '(317) 555-0143' });
	expect(await reasons()).toContain('2: What may be asked for is below the smallest balance for a message.');
	await createAccount(practice, { your_reference: 'A-3', amount: 50, days: 2, phone: '(317) 555-0144' });
	expect(await reasons()).toContain('1: No step of the ladder is due: the next is at 7 days.');
});

it('keeps the sentence where all have the same', async () => {
	await createAccount(practice, { your_reference: 'A-4', amount: 60, days: 3, phone: '(317) 555-0145' });
	expect(await reasons()).toContain('2: No step of the ladder is due: the next is at 7 days.');
});
