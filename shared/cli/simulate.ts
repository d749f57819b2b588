/**
 * `npm run simulate`: two policies tried on the same past. With --accounts it reads a file and needs nothing else;
 * without, the running service replays what its ledger remembers. 0 is done, 1 was refused, 2 was not understood.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../contracts/failure.ts';
import { documentOf, type SimulationDocument, simulate } from '../rules/simulate.ts';
import { readAccounts } from './accounts-file.ts';
import { SAMPLE } from './accounts-sample.ts';
import { createClient } from './client.ts';
import { type CheckedPolicy, checkPolicy, readJson } from './policy-file.ts';
import { simulationText } from './simulation-text.ts';

const HELP = `Tries two policies on the same past and shows the difference.

  npm run simulate -- --policy a.json --against b.json --accounts accounts.json
  npm run simulate -- --against b.json --days 30

  --against <file>    The policy to try
  --policy <file>     The policy to compare it with; without --accounts the practice's own when left out
  --accounts <file>   Accounts in a file: neither service nor database is needed
  --days <number>     How many days (30); without --accounts the past days up to now
  --examples <number> How many accounts to show (10)
  --limit <number>    Without --accounts: how many accounts at most (2000)
  --practice <id>     Whose accounts, with the operator's key
  --url <address>     The service, if not DUNWELL_URL or http://127.0.0.1:7071
  --json              Print the result as JSON
  --sample            Print a file of accounts to begin with`;

const OPTIONS = {
	policy: { type: 'string' },
	against: { type: 'string' },
	accounts: { type: 'string' },
	days: { type: 'string' },
	examples: { type: 'string' },
	limit: { type: 'string' },
	practice: { type: 'string' },
	url: { type: 'string' },
	json: { type: 'boolean' },
	sample: { type: 'boolean' },
	help: { type: 'boolean' },
} as const;

type Values = { [K in keyof typeof OPTIONS]?: (typeof OPTIONS)[K]['type'] extends 'string' ? string : boolean };

const usage = (message: string): Failure => new Failure('invalid', `${message} npm run simulate -- --help says more.`, { code: 'usage' });

function parsed(argv: string[]): Values {
	try {
		return parseArgs({ args: argv, options: OPTIONS, strict: true }).values;
	} catch (error) {
		throw usage(`${(error instanceof Error ? error.message : '').split('. ')[0] ?? ''}.`);
	}
}

function number(name: string, text: string | undefined, usual: number, most: number): number {
	if (text === undefined) return usual;
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1 || value > most) throw usage(`--${name} must be a whole number from 1 to ${most}.`);
	return value;
}

/** The faults of a policy, told with the file they are in. */
function policyIn(file: string): CheckedPolicy {
	try {
		return checkPolicy(readJson(file));
	} catch (error) {
		if (!(error instanceof Failure) || error.fields.length === 0) throw error;
		throw new Failure('invalid', `${file}: ${error.message}`, { code: error.code, fields: error.fields });
	}
}

async function result(values: Values, days: number): Promise<SimulationDocument> {
	const { policy, against, accounts } = values;
	if (against === undefined) throw usage('Say which policy to try: --against <file>.');
	const examples = number('examples', values.examples, 10, 500);
	if (accounts === undefined) {
		const input = {
			days,
			examples,
			...(values.limit === undefined ? {} : { limit: number('limit', values.limit, 2000, 20_000) }),
			...(policy === undefined ? {} : { policy_a: policyIn(policy).policy }),
			policy_b: policyIn(against).policy,
		};
		const client = createClient(process.env, { who: 'practice', practice: values.practice, url: values.url });
		return (await client.call('POST', '/api/setup/simulate', input)) as SimulationDocument;
	}
	if (policy === undefined) throw usage('Say which policy to compare with: --policy <file>.');
	const [a, b] = [policyIn(policy), policyIn(against)];
	const { from, accounts: list } = readAccounts(readJson(accounts));
	return documentOf(simulate(list, a.compiled, b.compiled, { from, to: from + days * 86_400_000, examples }));
}

async function main(argv: string[]): Promise<string> {
	const values = parsed(argv);
	if (values.help || argv.length === 0) return HELP;
	if (values.sample) return JSON.stringify(SAMPLE, null, '\t');
	const days = number('days', values.days, 30, 365);
	const document = await result(values, days);
	if (values.json) return JSON.stringify(document, null, 2);
	const names = { a: values.policy === undefined ? 'in force' : basename(values.policy), b: basename(values.against ?? '') };
	return simulationText(document, names.a === names.b ? { a: values.policy ?? 'in force', b: values.against ?? '' } : names, days);
}

try {
	process.stdout.write(`${await main(process.argv.slice(2))}\n`);
} catch (error) {
	if (!(error instanceof Failure)) throw error;
	process.stderr.write(`${error.message}\n`);
	for (const { field, message } of error.fields) process.stderr.write(`  ${field}: ${message}\n`);
	process.exitCode = error.code === 'usage' ? 2 : 1;
}
