/** `npm run simulate` on a file of accounts: a child process, neither service nor database. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccounts } from '../../shared/cli/accounts-file.ts';
import { SAMPLE } from '../../shared/cli/accounts-sample.ts';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { freePort, run } from '../service/http/process.ts';

const root = mkdtempSync(join(tmpdir(), 'dunwell-simulate-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const simulate = (args: readonly string[], env = {}) => run('shared/cli/simulate.ts', args, { DUNWELL_DATA: join(root, 'nowhere'), ...env });
function file(name: string, content: unknown): string {
	const path = join(root, name);
	writeFileSync(path, JSON.stringify(content));
	return path;
}

let usual: string;
let stricter: string;
let accounts: string;
beforeAll(() => {
	usual = file('usual.json', DEFAULT_POLICY);
	stricter = file('stricter.json', { ...DEFAULT_POLICY, minimum: { message: 10, paper: 10, staff: 25 } });
	accounts = file('accounts.json', SAMPLE);
});

describe('npm run simulate', { timeout: 60_000 }, () => {
	it('prints a sample of accounts, which it reads', async () => {
		const { code, stdout } = await simulate(['--sample']);
		expect([code, JSON.parse(stdout)]).toEqual([0, SAMPLE]);
		expect(readAccounts(SAMPLE).accounts).toHaveLength(SAMPLE.accounts.length);
	});

	it('shows two policies side by side, with the accounts that they treat differently', async () => {
		const { code, stdout, stderr } = await simulate(['--policy', usual, '--against', stricter, '--accounts', accounts]);
		expect([code, stderr]).toEqual([0, '']);
		const lines = stdout.split('\n');
		expect(lines[0]).toBe(`30 days from 2026-10-01, ${SAMPLE.accounts.length} accounts; 1 of them treated differently.`);
		expect(lines[2]).toMatch(/^ +usual\.json +stricter\.json +Difference$/);
		expect(stdout).toMatch(/\nDue, but never sent\n {2}below_minimum +0 +3 +\+3 {2}\$6\.50 is below the smallest balance for a message \(\$10\.00\)\.\n/);
		expect(stdout).toContain(
			[
				'Where they part first',
				'  small_balance, 2026-10-02 08:00 (America/New_York)',
				'    usual.json: sends "reminder_1" by e-mail over $6.50.',
				'    stricter.json: holds "reminder_1" by e-mail: $6.50 is below the smallest balance for a message ($10.00).',
			].join('\n'),
		);
	});

	it('shows no difference between a policy and itself', async () => {
		const { code, stdout } = await simulate(['--policy', usual, '--against', usual, '--accounts', accounts, '--days', '10']);
		expect([code, stdout.split('\n')[0]]).toEqual([0, `10 days from 2026-10-01, ${SAMPLE.accounts.length} accounts; none of them treated differently.`]);
		expect(stdout).not.toContain('Where they part');
	});

	it('prints the same as JSON', async () => {
		const { code, stdout } = await simulate(['--policy', usual, '--against', stricter, '--accounts', accounts, '--json', '--examples', '1']);
		const result = JSON.parse(stdout);
		expect([code, result.accounts, result.changed, result.difference.messages]).toEqual([0, SAMPLE.accounts.length, 1, -3]);
		expect(result.difference.unsent).toEqual({ below_minimum: 3 });
		expect(result.examples).toMatchObject([{ account_ref: 'small_balance', a: { did: 'sent', amount_text: '$6.50' }, b: { did: 'held' } }]);
	});

	it('names the file and the part that is wrong', async () => {
		const wrong = file('wrong.json', { ...DEFAULT_POLICY, role: 'friend' });
		expect(await simulate(['--policy', usual, '--against', wrong, '--accounts', accounts])).toEqual({
			code: 1,
			stdout: '',
			stderr: `${wrong}: The policy has parts to correct.\n  role: "role" must be one of: creditor, servicer, debt_collector.\n`,
		});
		const odd = file('odd.json', { ...SAMPLE, accounts: [{ ref: 'a', colour: 'blue', invoices: [{ ref: 'i', amount: 'much' }] }] });
		expect(await simulate(['--policy', usual, '--against', usual, '--accounts', odd])).toEqual({
			code: 1,
			stdout: '',
			stderr:
				'The file of accounts has parts to correct.\n  accounts.0.colour: "accounts.0.colour" is not part of such a file. Remove it or correct its spelling.\n  accounts.0.invoices.0.amount: "accounts.0.invoices.0.amount" must be a number.\n',
		});
		const zone = file('zone.json', { ...SAMPLE, practice_zone: 'Mars/Olympus' });
		expect((await simulate(['--policy', usual, '--against', usual, '--accounts', zone])).stderr).toBe(
			'"Mars/Olympus" is not a time zone. Use an IANA name such as America/New_York.\n',
		);
	});

	it.each<[string[], string]>([
		[['--policy', 'x.json'], 'Say which policy to try: --against <file>.'],
		[['--against', 'x.json', '--accounts', 'y.json'], 'Say which policy to compare with: --policy <file>.'],
		[['--against', 'x.json', '--days', '0'], '--days must be a whole number from 1 to 365.'],
		[['--against', 'x.json', '--days', 'many'], '--days must be a whole number from 1 to 365.'],
		[['--colour', 'blue'], "Unknown option '--colour'."],
	])('%j is not understood: exit code 2 and one line', async (args, line) => {
		expect(await simulate(args)).toEqual({ code: 2, stdout: '', stderr: `${line} npm run simulate -- --help says more.\n` });
	});

	it('without accounts asks the service, and says when none answers', async () => {
		const nobody = `http://127.0.0.1:${await freePort()}`;
		expect(await simulate(['--against', usual, '--url', nobody], { DUNWELL_KEY: 'live_x' })).toEqual({
			code: 1,
			stdout: '',
			stderr: `No service answers at ${nobody}. Start it with: npm start. If it runs elsewhere, set DUNWELL_URL.\n`,
		});
	});

	it('helps', async () => {
		const { code, stdout } = await simulate(['--help']);
		expect([code, stdout.split('\n')[0]]).toEqual([0, 'Tries two policies on the same past and shows the difference.']);
	});
});

describe('a file of accounts', () => {
	const read = (account: object) =>
		readAccounts({
			version: 'accounts-1',
			from: '2026-10-01T00:00:00-04:00',
			currency: 'JPY',
			practice_zone: 'Asia/Tokyo',
			accounts: [{ ref: 'a', ...account }],
		});
	const FROM = Date.parse('2026-10-01T04:00:00Z');

	it('becomes the facts that the rules read', () => {
		const {
			from,
			day,
			accounts: list,
		} = read({
			credit: 500,
			last_payment_at: '2026-09-01T00:00:00Z',
			invoices: [
				{
					ref: 'i',
					amount: 1200,
					lines: [{ line: 1, state: 'adjudicated', charge: 3000, paid: 1800, patient: 1200 }],
					patient: { ref: 'p', relation: 'child', born_on: '2015-01-01' },
				},
			],
			contacts: [{ channel: 'sms', consent: 'granted' }],
			plans: [{ ref: 'pl', status: 'active', covers: ['i'], installments: [{ number: 1, due_on: '2026-10-05', amount: 600 }] }],
		});
		expect([from, day]).toEqual([FROM, '2026-10-01']);
		expect(list[0]?.facts).toEqual({
			ref: 'a',
			currency: 'JPY',
			practiceZone: 'Asia/Tokyo',
			zones: [],
			creditMinor: 500,
			lastPaymentAt: Date.parse('2026-09-01T00:00:00Z'),
			invoices: [
				{
					ref: 'i',
					amountMinor: 1200,
					asOf: FROM,
					disputed: false,
					raisedDays: 0,
					remindedDays: 0,
					pausedDays: 0,
					lines: [{ line: 1, state: 'adjudicated', chargeMinor: 3000, paidMinor: 1800, patientMinor: 1200 }],
					patient: { ref: 'p', relation: 'child', bornOn: '2015-01-01' },
				},
			],
			contacts: [{ channel: 'sms', valid: true, served: true, consent: 'granted' }],
			plans: [
				{
					ref: 'pl',
					status: 'active',
					covers: ['i'],
					installments: [{ number: 1, dueOn: '2026-10-05', amountMinor: 600, paidMinor: 0, raised: [] }],
					brokenRaised: false,
				},
			],
			holds: [],
			history: [],
			payments: [],
			claims: [],
			workOpen: false,
		});
	});

	it('says until when a balance was confirmed: for ever, where it says nothing', () => {
		const { accounts: list } = read({
			invoices: [
				{ ref: 'i', amount: 1 },
				{ ref: 'j', amount: 1, confirmed_until: '2026-10-03T00:00:00Z' },
			],
			changes: [{ at: '2026-10-09T00:00:00Z', invoices: [{ ref: 'k', amount: 2, confirmed_until: '2026-10-12T00:00:00Z' }] }],
		});
		expect(list[0]?.confirmedUntil).toEqual({ i: Number.POSITIVE_INFINITY, j: Date.parse('2026-10-03T00:00:00Z'), k: Date.parse('2026-10-12T00:00:00Z') });
		expect(list[0]?.changes).toEqual([{ at: Date.parse('2026-10-09T00:00:00Z'), facts: { invoices: [{ ref: 'k', amountMinor: 2 }] } }]);
	});

	it('refuses an amount with more decimals than its currency has', () => {
		expect(() => read({ invoices: [{ ref: 'i', amount: 0.5 }] })).toThrow('"accounts.0.invoices.0.amount" has more decimals than JPY has.');
	});
});
