import { Failure } from '../contracts/failure.ts';
import { defineProvider, withToken } from '../contracts/provider.ts';
import { googleAuth, googleFailure, googleOAuth, reasonOf, signedInAs, USERINFO } from './google.ts';
import { mime } from './mime.ts';

const failure = googleFailure('Gmail');

/**
 * Gmail reports nothing after it took a message: a bounce comes back as a mail into the mailbox, which the scope for
 * sending may not read. So a message stays `sent`, and one-click unsubscribe comes to Dunwell by itself.
 */
export default defineProvider({
	id: 'gmail',
	label: 'Gmail',
	docs: 'https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send',
	hosts: ['gmail.googleapis.com', 'oauth2.googleapis.com', 'openidconnect.googleapis.com'],
	auth: googleAuth,
	oauth: googleOAuth(['https://www.googleapis.com/auth/gmail.send', USERINFO]),
	authorize: withToken,
	/** The mailbox that somebody signed in with. Its own profile is closed to the scope for sending. */
	check: async (http) => ({ label: await signedInAs(http) }),
	failure(response) {
		// "Invalid To header", "Recipient address required": there is no reason of its own for it.
		if (response.status === 400 && /\bTo header\b|\brecipient address\b/i.test(response.text))
			return new Failure('invalid', "Gmail does not take the recipient's address. Correct it on the account.", {
				code: 'invalid_recipient',
				vendorCode: reasonOf(response) ?? 'badRequest',
			});
		return failure(response);
	},
	send: {
		channels: ['email'],
		idempotency: 'none',
		async message(http, _credentials, message) {
			const answer = (
				await http.send({
					method: 'POST',
					url: 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send',
					json: { raw: (await mime(message)).toString('base64url') },
				})
			).json() as { id?: string };
			if (!answer.id) throw new Failure('broken', 'Gmail took the message but gave no id for it. Look under Sent.', { outcomeUnknown: true });
			return { externalId: answer.id, status: 'sent', rawStatus: 'accepted' };
		},
	},
});
