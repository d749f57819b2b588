/**
 * `npm run policy -- check <file>`: 0 is good, 1 has parts to correct, 2 was not understood. It needs neither the
 * service nor a database: a policy is written and reviewed where files are.
 */
import { Failure } from '../contracts/failure.ts';
import { DEFAULT_POLICY, type Policy } from '../contracts/policy.ts';
import { textProblems } from '../service/messages/own-texts.ts';
import { hasText } from '../service/messages/sources.ts';
import { checkPolicy, readJson } from './policy-file.ts';

const HELP = `Checks a practice's policy before it is set. Needs no service.

  npm run policy -- check <file>      Say whether it and its texts are good; else each part that is wrong, and how to mend it
  npm run policy -- upgrade <file>    Print it in today's version
  npm run policy -- default           Print the policy that a new practice begins with

<file> is JSON; - reads standard input. With "$schema": "…/shared/contracts/policy.schema.json" in it, editors
complete and check it while it is written. Set it with: npm run dunwell -- policy set --file <file>`;

const json = (value: unknown): string => JSON.stringify(value, null, '\t');

function check(file: string): string {
	const { policy, hash, added } = checkPolicy(readJson(file));
	const fields = textProblems(policy);
	if (fields.length > 0) throw new Failure('invalid', 'The policy has texts that may not be sent.', { code: 'texts_refused', fields });
	const from = policy.effective_from === undefined ? '' : ` It is in force from ${policy.effective_from} on.`;
	const older =
		added.length === 0
			? ''
			: `\nIt is of an older version. What the upgrade adds: ${added.join(', ')}.\nPrint the new one, look at these parts, and keep it: npm run policy -- upgrade ${file}`;
	return [`${file} is a good policy.${from} Digest ${hash}${older}`, ...wordless(policy)].join('\n');
}

/** Messages of the ladder and of the practice's rules for which nobody wrote any words: the policy may be set, they cannot be sent. */
const wordless = (policy: Policy): string[] =>
	[...new Set([...policy.milestones, ...policy.rules].flatMap((step) => step.message ?? []))]
		.filter((message) => !hasText({ policy }, message))
		.map((message) => `The message "${message}" has no text yet: write it under "texts", such as ${message}.sms.en.`);

const commands: Record<string, { file: boolean; run(file: string): string }> = {
	check: { file: true, run: check },
	upgrade: { file: true, run: (file) => json(checkPolicy(readJson(file)).policy) },
	default: { file: false, run: () => json(DEFAULT_POLICY) },
};

function main([name = '', ...words]: readonly string[]): string {
	if (['', '--help', 'help'].includes(name)) return HELP;
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (!command) throw usage(`"${name}" is not a command. There are: ${Object.keys(commands).join(', ')}.`);
	if (words.includes('--help')) return HELP;
	const wanted = command.file ? 1 : 0;
	if (words.length < wanted) throw usage(`Say which file: npm run policy -- ${name} <file>`);
	if (words.length > wanted) throw usage(`"${words[wanted] ?? ''}" is one word too many.`);
	return command.run(words[0] ?? '');
}

const usage = (message: string): Failure => new Failure('invalid', message, { code: 'usage' });

try {
	process.stdout.write(`${main(process.argv.slice(2))}\n`);
} catch (error) {
	if (!(error instanceof Failure)) throw error;
	process.stderr.write(`${error.message}\n`);
	for (const { field, message } of error.fields) process.stderr.write(`  ${field}: ${message}\n`);
	process.exitCode = error.code === 'usage' ? 2 : 1;
}
