/** `npm run policy` as a person runs it: a child process, no service anywhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { addedByUpgrade, upgradePolicy } from '../../shared/contracts/policy-upgrade.ts';
import { policyHash } from '../../shared/service/policy-versions.ts';
import { POLICY_1 } from '../kit/policy-1.ts';
import { run } from '../service/http/process.ts';

const root = mkdtempSync(join(tmpdir(), 'dunwell-policy-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const policy = (args: readonly string[], stdin?: string) => run('shared/cli/policy-check.ts', args, {}, stdin);
function file(content: unknown): string {
	const path = join(root, `${Math.random().toString(36).slice(2)}.json`);
	writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
	return path;
}

describe('npm run policy', { timeout: 60_000 }, () => {
	it('is a script of the project', () => {
		const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
		expect([scripts['policy'], scripts['simulate']]).toEqual(['node shared/cli/policy-check.ts', 'node shared/cli/simulate.ts']);
	});

	it('says that a policy is good, with the digest by which the service knows it', async () => {
		const path = file({ $schema: './policy.schema.json', ...DEFAULT_POLICY });
		expect(await policy(['check', path])).toEqual({ code: 0, stdout: `${path} is a good policy. Digest ${policyHash(DEFAULT_POLICY)}\n`, stderr: '' });
		const ahead = file({ ...DEFAULT_POLICY, effective_from: '2027-01-01' });
		expect((await policy(['check', ahead])).stdout).toContain('is a good policy. It is in force from 2027-01-01 on. Digest ');
	});

	it('prints the default, which is good', async () => {
		const { code, stdout } = await policy(['default']);
		expect([code, JSON.parse(stdout)]).toEqual([0, DEFAULT_POLICY]);
		expect((await policy(['check', '-'], stdout)).stdout).toBe(`- is a good policy. Digest ${policyHash(DEFAULT_POLICY)}\n`);
	});

	it('reads version 1, says what the upgrade adds, and prints the new one', async () => {
		const path = file(POLICY_1);
		const { code, stdout } = await policy(['check', path]);
		const [, added, next] = stdout.split('\n');
		expect(code).toBe(0);
		expect(added).toBe(`It is of an older version. What the upgrade adds: ${addedByUpgrade(POLICY_1).join(', ')}.`);
		expect(next).toBe(`Print the new one, look at these parts, and keep it: npm run policy -- upgrade ${path}`);
		const upgraded = await policy(['upgrade', path]);
		expect([upgraded.code, JSON.parse(upgraded.stdout)]).toEqual([0, upgradePolicy(POLICY_1)]);
	});

	it('names every part that is wrong, where it is, and how to mend it', async () => {
		const { caps, ...rest } = DEFAULT_POLICY;
		const wrong = {
			...rest,
			caps: { ...caps, per_seven_days: 2, per_dya: 1 },
			rolle: 'creditor',
			role: 'friend',
			hours: { start: '8', end: '21:00', sunday: 'yes' },
		};
		expect(await policy(['check', file(wrong)])).toEqual({
			code: 1,
			stdout: '',
			stderr: [
				'The policy has parts to correct.',
				'  rolle: "rolle" is not part of a policy. Did you mean "role"?',
				'  role: "role" must be one of: creditor, servicer, debt_collector.',
				'  caps.per_seven_days: "caps.per_seven_days" is not part of a policy. Remove it.',
				'  caps.per_dya: "caps.per_dya" is not part of a policy. Did you mean "caps.per_day"?',
				'  hours.start: "hours.start" does not have the expected form, such as 08:00.',
				'  hours.sunday: "hours.sunday" must be true or false.',
				'',
			].join('\n'),
		});
	});

	it('finds parts that contradict each other', async () => {
		const wrong = {
			...DEFAULT_POLICY,
			milestones: [
				{ days: 9, message: 'a' },
				{ days: 8, message: 'b' },
			],
			channels: ['sms', 'sms'],
		};
		const { code, stderr } = await policy(['check', file(wrong)]);
		expect([code, stderr.split('\n').slice(0, 3)]).toEqual([
			1,
			[
				'The policy contradicts itself. Correct the fields named below.',
				'  milestones.1.days: Steps must rise: make this more than 9 days, or reorder them.',
				'  channels.1: "sms" is listed twice. Remove one of them.',
			],
		]);
	});

	it('looks over the texts in it, and names messages that have none', async () => {
		const texts = { 'reminder_1.sms.en': 'Your account goes to collections. {{ diagnosis }}', 'reminder_2.letter.fr': 'Bonjour' };
		const { code, stdout, stderr } = await policy(['check', file({ ...DEFAULT_POLICY, texts })]);
		expect([code, stdout, stderr.split('\n').map((line) => line.replace(/( cannot be filled in| names no text): .*/, '$1'))]).toEqual([
			1,
			'',
			[
				'The policy has texts that may not be sent.',
				'  texts.reminder_1.sms.en: "texts.reminder_1.sms.en" cannot be filled in',
				'  texts.reminder_2.letter.fr: "texts.reminder_2.letter.fr" names no text',
				'',
			],
		]);
		const own = file({ ...DEFAULT_POLICY, milestones: [{ days: 7, message: 'gentle_nudge' }] });
		expect((await policy(['check', own])).stdout.split('\n')[1]).toBe(
			'The message "gentle_nudge" has no text yet: write it under "texts", such as gentle_nudge.sms.en.',
		);
	});

	it('names a part of a list, and one that is missing', async () => {
		const { caps: _, ...without } = DEFAULT_POLICY;
		const { stderr } = await policy(['check', file({ ...without, milestones: [{ dayz: 7, message: 'a' }] })]);
		expect(stderr).toContain('  caps: "caps" is required. Add it.\n');
		expect(stderr).toContain('  milestones.0.dayz: "milestones.0.dayz" is not part of a policy. Did you mean "milestones.0.days"?\n');
		expect((await policy(['check', file([])])).stderr).toContain('The policy must be an object.');
	});

	it.each<[string, string, string]>([
		['a comma too many', '{\n\t"version": 2,\n\t"role",\n}', ': line 3, column 8. Correct it there; an editor shows what is missing.\n'],
		['nothing', '  ', ': it is empty. Correct it there; an editor shows what is missing.\n'],
		['half a file', '{"version": 2,', ': line 1, column 15. Correct it there; an editor shows what is missing.\n'],
	])('a file with %s is not JSON: it says where', async (_, content, message) => {
		const path = file(content);
		expect(await policy(['check', path])).toEqual({ code: 1, stdout: '', stderr: `${path} is not JSON${message}` });
	});

	it.each([
		[['chekc', 'x.json'], '"chekc" is not a command. There are: check, upgrade, default.\n'],
		[['check'], 'Say which file: npm run policy -- check <file>\n'],
		[['check', 'a.json', 'b.json'], '"b.json" is one word too many.\n'],
		[['default', 'a.json'], '"a.json" is one word too many.\n'],
		[['check', '/no/such/file'], '/no/such/file cannot be read (ENOENT).\n'],
	])('%j is not understood: exit code 2 and one line', async (args, line) => {
		expect(await policy(args)).toEqual({ code: 2, stdout: '', stderr: line });
	});

	it('helps', async () => {
		for (const args of [[], ['--help'], ['check', '--help']]) {
			const { code, stdout } = await policy(args);
			expect([code, stdout.split('\n')[0]]).toEqual([0, "Checks a practice's policy before it is set. Needs no service."]);
		}
	});
});
