/** What a patient may follow from a message: single-purpose, unguessable, expiring, and opened without harm by a link scanner. */
import { Failure } from '../contracts/failure.ts';
import type { Channel, Recipient } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { iso, readPractice, senderName } from './practice.ts';
import { newSecret, sha256 } from './refs.ts';
import { optOut } from './replies.ts';
import type { Deps } from './types.ts';

/** Long enough for a statement cycle and a slow reader; a newer message brings a newer link. */
const DAYS = 60;

/** The address of a new link. The practice stands before the dot, so that it is found without a scan. */
export async function newLink(
	deps: Deps,
	tx: Tx,
	practiceId: string,
	link: { kind: 'pay' | 'unsubscribe'; accountRef: string; reminderRef: string; channel: Channel },
): Promise<string> {
	// 128 bits cannot be guessed, and leave room in a text message.
	const secret = newSecret(16);
	await tx
		.insertInto('link')
		.values({
			practice_id: practiceId,
			token_hash: sha256(secret),
			kind: link.kind,
			account_ref: link.accountRef,
			reminder_ref: link.reminderRef,
			channel: link.channel,
			expires_at: iso(deps.now() + DAYS * 86_400_000),
		})
		.execute();
	return `${deps.config.publicUrl}/api/go/${practiceId}.${secret}`;
}

/** Whoever got the message is who ends it. */
async function recipientOf(tx: Tx, practiceId: string, reminderRef: string | null): Promise<Recipient> {
	const row = await tx
		.selectFrom('reminder')
		.select('recipient')
		.where('practice_id', '=', practiceId)
		.where('reminder_ref', '=', reminderRef ?? '')
		.executeTakeFirst();
	return row?.recipient === 'relative' ? 'relative' : 'guarantor';
}

/** GET shows or redirects and changes nothing: mail scanners open every link. POST is RFC 8058 one-click, or the page's own button. */
export async function follow(
	deps: Deps,
	token: string,
	method: 'GET' | 'POST',
): Promise<{ redirect?: string; page?: { title: string; text: string; button?: string } }> {
	const [practiceId = '', secret = ''] = token.split('.');
	if (practiceId === '' || secret === '') throw unknown();
	return deps.ledger.practice(practiceId, async (tx) => {
		const row = await tx.selectFrom('link').selectAll().where('practice_id', '=', practiceId).where('token_hash', '=', sha256(secret)).executeTakeFirst();
		if (!row) throw unknown();
		const practice = await readPractice(tx, practiceId, deps.now());
		const name = senderName(practice);
		if (row.kind === 'unsubscribe') {
			// Never expires: an opt-out counts whenever it comes.
			if (method === 'GET')
				return { page: { title: name, text: `Do you want no more e-mails about your balance from ${name}?`, button: 'Yes, stop these e-mails' } };
			await optOut(deps, tx, practice, {
				accountRef: row.account_ref,
				recipient: await recipientOf(tx, practiceId, row.reminder_ref),
				channel: row.channel as Channel,
				how: 'unsubscribe link',
				actor: 'patient',
			});
			return { page: { title: name, text: `You will get no more e-mails about your balance from ${name}.` } };
		}
		if (method === 'POST' || row.expires_at.getTime() < deps.now() || !practice.settings.pay_link)
			return {
				page: {
					title: name,
					text: `This link has expired. Please call ${name}${practice.settings.callback_phone ? ` at ${practice.settings.callback_phone}` : ''}.`,
				},
			};
		if (!row.used_at) {
			await tx
				.updateTable('link')
				.set({ used_at: iso(deps.now()) })
				.where('practice_id', '=', practiceId)
				.where('token_hash', '=', row.token_hash)
				.execute();
			await audit(tx, practiceId, [{ at: iso(deps.now()), actor: 'patient', kind: 'link_followed', subject: row.reminder_ref, body: { kind: row.kind } }]);
		}
		return { redirect: practice.settings.pay_link };
	});
}

const unknown = (): Failure => new Failure('missing', 'This link is not known. Please call the practice that wrote to you.', { code: 'link_unknown' });
