/** The practice to play with: made on the first start, found again on every later one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../contracts/failure.ts';
import { DEFAULT_POLICY } from '../contracts/policy.ts';
import { CHANNELS } from '../contracts/words.ts';
import { samplePractice } from '../files/sample/practice.ts';
import { authenticate, insertKey, SCOPES } from './keys.ts';
import { localIso } from './practice.ts';
import type { Admin } from './setup/admin.ts';
import { createConnection } from './setup/connections.ts';
import { writePolicy } from './setup/policy.ts';
import { createPractice } from './setup/practices.ts';
import { setRoute } from './setup/routes.ts';
import { setSender } from './setup/senders.ts';
import { changeSettings } from './setup/settings.ts';
import type { Caller, Deps, UseCases } from './types.ts';

/** One id for all installations: of several processes that start at once on one database, one makes it. */
const PRACTICE = 'pr_sandbox';
const ZONE = 'America/New_York';
const ADMIN: Admin = { practiceId: PRACTICE, actor: 'system', test: false, operator: true };

export interface Sandbox {
	practiceId: string;
	apiKey: string;
	/** This start made it. */
	isNew: boolean;
	/** What the first review decided; undefined while another process is at it. */
	review: ReviewReport | undefined;
}

export interface ReviewReport {
	summary: string;
	would_send: number;
	held: number;
	events_raised: number;
	reasons_text: string;
	denials_by_category_text: string;
	items: { account_ref: string; amount_text: string; days_overdue: number; decision: string; reasons_text: string }[];
}

/** Finds or makes the sandbox practice and leaves its address and key in `<dataDir>/sandbox.json`, for the owner's eyes alone. */
export async function openSandbox(deps: Deps, useCases: UseCases): Promise<Sandbox> {
	const isNew = await ensurePractice(deps);
	const apiKey = await ensureKey(deps);
	mkdirSync(deps.config.dataDir, { recursive: true });
	const file = join(deps.config.dataDir, 'sandbox.json');
	writeOwnerOnly(file, `${JSON.stringify({ service_url: deps.config.publicUrl, api_key: apiKey, practice_id: PRACTICE }, null, '\t')}\n`);
	const { keyId } = await authenticate(deps, apiKey);
	const caller: Caller = { practiceId: PRACTICE, keyId, test: true, scopes: SCOPES, surface: 'api' };
	let review = await lastReview(useCases, caller);
	// A start that was interrupted in the middle left no review; importing the same file again changes nothing.
	if (!review && (isNew || (await isAbandoned(deps)))) {
		await demonstrate(deps, useCases, caller);
		review = await lastReview(useCases, caller);
	}
	return { practiceId: PRACTICE, apiKey, isNew, review };
}

/** True when this process made it. */
async function ensurePractice(deps: Deps): Promise<boolean> {
	const known = await deps.ledger.practice(PRACTICE, (tx) =>
		tx.selectFrom('practice').select('practice_id').where('practice_id', '=', PRACTICE).executeTakeFirst(),
	);
	if (known) return false;
	try {
		await createPractice(deps, ADMIN.actor, { name: 'Sandbox Practice', time_zone: ZONE }, PRACTICE);
	} catch (error) {
		if (error instanceof Failure && error.kind === 'conflict') return false;
		throw error;
	}
	await setUp(deps);
	return true;
}

async function setUp(deps: Deps): Promise<void> {
	await createConnection(deps, ADMIN, { connection: 'sandbox', vendor: 'sandbox' });
	const addresses = { sms: '+13175550100', voice: '+13175550100', fax: '+13175550101', email: 'billing@sandbox.example', letter: '', portal: '' };
	for (const channel of Object.keys(CHANNELS) as (keyof typeof CHANNELS)[])
		await setSender(deps, ADMIN, channel, { connection: 'sandbox', address: addresses[channel], name: 'Sandbox Practice' });
	await setRoute(deps, ADMIN, 'billing_team', { label: 'Billing team', connection: 'sandbox', target: 'billing' });
	await changeSettings(deps, ADMIN, {
		callback_phone: '+13175550100',
		pay_link: 'https://pay.sandbox.example',
		sender_name: 'Sandbox Practice',
		share_your_reference: true,
	});
	// Nothing real can leave, so nobody has to wait for the first message.
	await writePolicy(deps, ADMIN, { ...DEFAULT_POLICY, settle_minutes: 0 });
}

/** The key of the file, while it works; else a new one. */
async function ensureKey(deps: Deps): Promise<string> {
	try {
		const { api_key } = JSON.parse(readFileSync(join(deps.config.dataDir, 'sandbox.json'), 'utf8')) as { api_key?: unknown };
		const identity = await authenticate(deps, String(api_key));
		if (identity.practiceId === PRACTICE && identity.test) return String(api_key);
	} catch (error) {
		const unreadable = !(error instanceof Failure) && !(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== 'ENOENT';
		if (unreadable || (error instanceof Failure && error.kind !== 'auth')) throw error;
	}
	const { api_key } = await deps.ledger.practice(PRACTICE, (tx) =>
		insertKey(tx, PRACTICE, { mode: 'test', scopes: SCOPES, label: 'Sandbox', expiresAt: null }, deps.now()),
	);
	return api_key;
}

/** Written aside and moved into place: a reader never sees half of it. */
function writeOwnerOnly(file: string, text: string): void {
	const draft = `${file}.${process.pid}`;
	writeFileSync(draft, text, { mode: 0o600 });
	renameSync(draft, file);
}

/** Long after it was made there is still no review: whoever made it did not get that far. */
async function isAbandoned(deps: Deps): Promise<boolean> {
	const { created_at } = await deps.ledger.practice(PRACTICE, (tx) =>
		tx.selectFrom('practice').select('created_at').where('practice_id', '=', PRACTICE).executeTakeFirstOrThrow(),
	);
	return deps.ledger.kind === 'embedded' || deps.now() - created_at.getTime() > 120_000;
}

/** The same way that a practice's own files take. */
async function demonstrate(deps: Deps, useCases: UseCases, caller: Caller): Promise<void> {
	const service = useCases.forCaller(caller);
	const { agingReport, remittance } = samplePractice(localIso(deps.now(), ZONE));
	await service.import_file({ kind: 'aging_report', content: agingReport, file_name: 'sample-aging-report.csv' });
	await service.import_file({ kind: 'remittance', content: remittance, file_name: 'sample-remittance.835' });
	await service.run_account_review({ mode: 'report_only' });
}

async function lastReview(useCases: UseCases, caller: Caller): Promise<ReviewReport | undefined> {
	const { items } = await useCases.events(caller, 'review_finished', { limit: 20, filters: { include_own: true } });
	return (items as ({ kind: string } & ReviewReport)[]).find((event) => event.kind === 'review');
}

const line = (left: string, right: string): string => `  ${left.padEnd(20)}${right}`;
const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

/** What a person reads after a start: what was decided and why, where the service is, and what to try. */
export function sandboxText(sandbox: Sandbox, url: string): string {
	return [...reportLines(sandbox), '', ...placeLines(sandbox, url), '', ...tryLines(sandbox, url)].join('\n');
}

function reportLines({ review, isNew }: Sandbox): string[] {
	if (!review) return ['The sandbox practice is being made by another process.'];
	const reasons = review.reasons_text
		.split('\n')
		.filter((text) => text !== '')
		.slice(0, 10);
	const denials = review.denials_by_category_text.split('\n').filter((text) => text !== '');
	const waiting = ['send', 'wait', 'hold'].flatMap((decision) => review.items.filter((item) => item.decision === decision).slice(0, 3));
	return [
		`${isNew ? 'Made a sandbox practice from a sample aging report and a sample remittance. ' : 'The sandbox practice is as you left it. '}The ${isNew ? 'first' : 'last'} review:`,
		`  ${review.summary}`,
		'',
		line('Accounts', 'Why no reminder goes out now'),
		...reasons.map((text) => {
			const [count = '', ...why] = text.split(': ');
			return line(count, cut(why.join(': '), 90));
		}),
		...(denials.length > 0 ? ['', line('Denied lines', 'For staff, not for patients'), ...denials.map((text) => line('', cut(text, 90)))] : []),
		'',
		line('Account', 'For example'),
		...waiting.map((item) =>
			line(
				item.account_ref,
				cut(`${item.amount_text}, ${item.days_overdue} days: ${item.decision}${item.reasons_text === '' ? '' : `. ${item.reasons_text}`}`, 90),
			),
		),
	];
}

const placeLines = ({ apiKey, practiceId }: Sandbox, url: string): string[] => [line('Service', url), line('API key', apiKey), line('Practice', practiceId)];

function tryLines({ apiKey, review }: Sandbox, url: string): string[] {
	const account = (review?.items.find((item) => item.decision === 'send') ?? review?.items[0])?.account_ref ?? 'acc_…';
	const curl = `curl -s -H 'Authorization: Bearer ${apiKey}'`;
	return [
		'Try next:',
		`  ${curl} '${url}/api/accounts/explain?account_ref=${account}'`,
		`  ${curl} -H 'Content-Type: application/json' -d '{"account_ref":"${account}"}' ${url}/api/reminders`,
		`  ${curl} ${url}/api/outbox`,
		`  ${curl} '${url}/api/events/balance_overdue?limit=3'`,
		'  npm run dunwell -- checklist',
		'  npm run dunwell -- --help',
	];
}
