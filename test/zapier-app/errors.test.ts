import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, bundleFor, type FakeService, fakeService, KEY, runIn, testApp } from './kit.ts';

const app = testApp();
const record = app.creates['record_balance']?.operation.perform as never;
const find = app.searches['find_account']?.operation.perform as never;
const list = app.triggers['balance_overdue']?.operation as never as { performList: never };
let service: FakeService;

beforeAll(async () => {
	service = await fakeService();
});
afterAll(() => service.close());
beforeEach(() => {
	service.seen.length = 0;
});

const problem = (status: number, code: string, detail: string, errors: object[] = [], headers: Record<string, string> = {}): Answer => ({
	status,
	body: { type: `https://dunwell.example/problems/${code}`, title: code, status, code, detail, errors },
	headers: { 'content-type': 'application/problem+json', ...headers },
});

const inputs = { your_reference: 'A-1042', amount: 84.2 };
const failing = (answer: Answer, method = record) => {
	service.answer = () => answer;
	return runIn(app, method, bundleFor(service, inputs)).then(
		() => expect.unreachable('it should have failed'),
		(error: Error) => ({ name: error.name, message: error.message }),
	);
};
/** z.errors.Error carries its parts as JSON in the message; Zapier reads them from there. */
const appError = (message: string, code: string, status: number) => ({ name: 'AppError', message: JSON.stringify({ message, code, status }) });

describe('a failure of the service', () => {
	it.each([
		[400, 'invalid_fields', 'The request has a field to correct: "amount" must be 0 or more.', 'HaltedError'],
		[401, 'auth', 'This API key was revoked. Connect the account again with a new one.', 'ExpiredAuthError'],
		[403, 'scope_missing', 'This API key may not send. Give it the scope "send".', 'HaltedError'],
		[404, 'missing', 'There is no account with this reference.', 'HaltedError'],
		[409, 'idempotency_key_reused', 'This idempotency key was used for another request.', 'HaltedError'],
		[413, 'too_large', 'The rows are more than 1 MB. Send fewer at a time.', 'HaltedError'],
		[422, 'invalid', 'The amount can not be read.', 'HaltedError'],
	] as const)('%i %s stops the run with the sentence of the service', async (status, code, detail, name) => {
		expect(await failing(problem(status, code, detail))).toEqual({ name, message: detail });
	});

	it('adds what single fields say, once', async () => {
		const errors = [
			{ field: 'amount', message: '"amount" is required. Add it.' },
			{ field: 'due_date', message: '"due_date" must be a real date such as 2026-11-24.' },
		];
		expect(await failing(problem(400, 'invalid_fields', 'The request has fields to correct: "amount" is required. Add it.', errors))).toEqual({
			name: 'HaltedError',
			message: 'The request has fields to correct: "amount" is required. Add it. "due_date" must be a real date such as 2026-11-24.',
		});
	});

	it('keeps a long list of fields short enough to read', async () => {
		const errors = Array.from({ length: 500 }, (_, row) => ({ field: `rows.${row}.amount`, message: `"rows.${row}.amount" must be a number.` }));
		const { message } = (await failing(problem(400, 'invalid_fields', 'The request has fields to correct.', errors))) as { message: string };
		expect(message).toHaveLength(1000);
		expect(message.startsWith('The request has fields to correct. "rows.0.amount" must be a number.')).toBe(true);
	});

	it('429 makes Zapier run the step again after the delay', async () => {
		expect(await failing(problem(429, 'limited', 'Too many requests.', [], { 'retry-after': '17' }))).toEqual({
			name: 'ThrottledError',
			message: JSON.stringify({ message: 'The server returned 429 (Too Many Requests)', delay: 17 }),
		});
	});

	it('500 and 503 fail the run with a code and a status, so that it can be replayed', async () => {
		expect(await failing(problem(500, 'broken', 'Something is wrong on our side. Tell support: E-123.'))).toEqual(
			appError('Something is wrong on our side. Tell support: E-123.', 'broken', 500),
		);
		expect(await failing(problem(503, 'unavailable', 'The database does not answer. Try again in a minute.'))).toEqual(
			appError('The database does not answer. Try again in a minute.', 'unavailable', 503),
		);
	});
});

describe('something else than the service', () => {
	const strange = (status: number) =>
		appError(
			`The Service URL does not answer as Dunwell does (status ${status}). Check the Service URL of the connection: it is the address of your Dunwell service, without a page behind it.`,
			'strange_answer',
			500,
		);
	const page = '<html><body>Jane Roe owes $84.20</body></html>';

	it.each([200, 404, 401, 403, 500])('a page of HTML with status %i says to check the address, and repeats nothing of it', async (status) => {
		expect(await failing({ status, body: page })).toEqual(strange(status));
	});

	it('JSON that is no problem of ours is not repeated either', async () => {
		expect(await failing({ status: 400, body: { error: 'Jane Roe', detail: 7 } })).toEqual(strange(400));
		expect(await failing({ status: 200, body: [1, 2] })).toEqual(strange(200));
	});

	it.each([502, 504])('a gateway that answers %i means to try again', async (status) => {
		expect(await failing({ status, body: page })).toEqual(
			appError(`Dunwell is not available right now (status ${status}). Run the step again in a few minutes.`, 'unavailable', 503),
		);
	});

	it('is not taken for "nothing found" by a search', async () => {
		expect(await failing({ status: 404, body: page }, find)).toEqual(strange(404));
	});

	it('is never sent the key again by a redirect', async () => {
		expect(await failing({ status: 302, body: '', headers: { location: `${service.url}/elsewhere` } })).toEqual(strange(302));
		expect(service.seen).toHaveLength(1);
	});

	it('does not empty a list of events', async () => {
		expect(await failing({ status: 200, body: page }, list.performList)).toEqual(strange(200));
	});
});

describe('no answer at all', () => {
	it('after the time limit says that running again is safe', async () => {
		const impatient = testApp(300);
		service.answer = () => ({ silent: true });
		const error = await runIn(impatient, impatient.creates['record_balance']?.operation.perform as never, bundleFor(service, inputs)).then(
			() => expect.unreachable('it should have failed'),
			(reason: Error) => ({ name: reason.name, message: reason.message }),
		);
		expect(error).toEqual(
			appError(
				'Dunwell did not answer within 0 seconds. It may still have done what was asked; running the step again is safe, nothing is done twice.',
				'timeout',
				503,
			),
		);
	});

	it('from a closed port says to check the address', async () => {
		const gone = await fakeService();
		await gone.close();
		await expect(runIn(app, record, bundleFor(gone, inputs))).rejects.toMatchObject(
			appError(
				'Dunwell could not be reached. Check the Service URL of the connection and that the service is running, then run the step again.',
				'unreachable',
				503,
			),
		);
	});
});

describe('an error', () => {
	it('never shows the key, the address or the query', async () => {
		const answers: Answer[] = [
			problem(400, 'invalid', 'No.'),
			problem(401, 'auth', 'No.'),
			problem(404, 'missing', 'No.'),
			problem(500, 'broken', 'No.'),
			{ status: 200, body: 'x' },
			{ status: 502, body: 'x' },
		];
		for (const answer of answers) {
			for (const method of [record, list.performList]) {
				const { message } = (await failing(answer, method)) as { message: string };
				expect(message).not.toContain(KEY);
				expect(message).not.toContain('127.0.0.1');
				expect(message).not.toContain('A-1042');
				expect(message).not.toMatch(/What happened|Something went wrong|\bat .*\.ts/);
			}
		}
	});
});
