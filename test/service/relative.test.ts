/** The one relative whom the guarantor lets be told: from the record to the bytes on the wire, and all that may not happen on the way. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS } from '../kit/database.ts';
import { call, createAccount, createPractice, DAY, HOUR, NOON, type Running, startService, type TestPractice } from '../kit/service.ts';
import { signedCallback, startTwilio, type Twilio } from '../kit/twilio.ts';
import { startVendor, type VendorServer } from '../kit/vendor-server.ts';
import { days, dump, eventsOf, settle, WRITTEN } from './flow/kit.ts';

const GUARANTOR = '+13175550142';
const RELATIVE = '+13175550177';
const MAILBOX = 'ana@example.com';
const KEY = 'key-webhooks';
const MAIL_ID = '20261124.1@mg.practice.example';
/** On file, authorised, and agreed to texts and e-mails. */
const ANA = {
	relative_name: 'Ana Roe',
	relative_relation: 'adult_child',
	relative_authorization: 'Release form signed by Jane Roe',
	relative_state: 'NY',
	relative_phone: '(317) 555-0177',
	relative_email: 'Ana@Example.com',
	relative_sms_consent: 'yes',
	relative_voice_consent: 'yes',
	relative_email_consent: 'yes',
	relative_consent_evidence: 'Card that Ana Roe signed',
};
const TEXT =
	'Test Practice: we have a message about an account you help with. You are not asked to pay it yourself. See it: LINK Questions? (212) 555-0100. Reply STOP to opt out.';

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(title, { timeout: 60_000 }, () => {
		let service: Running;
		let twilio: Twilio;
		let mailgun: VendorServer;
		let practice: TestPractice;
		let ref: string;

		beforeAll(async () => {
			twilio = await startTwilio();
			mailgun = await startVendor([{ body: { domain: { name: 'mg.practice.example', state: 'active' }, id: `<${MAIL_ID}>`, message: 'Queued.' } }]);
			service = await startService({ kind, vendorUrls: { twilio: twilio.url, mailgun: mailgun.url } });
		});
		afterAll(async () => {
			await service.close();
			await twilio[Symbol.asyncDispose]();
			await mailgun[Symbol.asyncDispose]();
		});
		beforeEach(async () => {
			service.clock.now = NOON;
			twilio.treat = () => undefined;
			practice = await createPractice(service.url, { policy: { channels: ['sms', 'email'] } });
			const credentials = { api_key: 'key-test', domain: 'mg.practice.example', webhook_signing_key: KEY };
			await practice.setup('POST', '/connections', { connection: 'mailing', vendor: 'mailgun', credentials });
			await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
			ref = await createAccount(practice, { your_reference: 'A', days: 8, phone: GUARANTOR, fields: { email: 'jane@example.com' } });
			await practice.must('POST', '/api/accounts', { account_ref: ref, email_consent: 'yes', consent_evidence: 'form' });
			await settle(service, practice);
			twilio.requests.length = 0;
			mailgun.seen.length = 0;
		});

		const update = (fields: object) => practice.must('POST', '/api/accounts', { account_ref: ref, ...fields });
		const refused = async (fields: object) => (await practice.call('POST', '/api/accounts', { body: { account_ref: ref, ...fields } })).json.errors;
		const send = (fields: object = { recipient: 'relative' }) => practice.must('POST', '/api/reminders', { account_ref: ref, ...fields });
		const explain = (on = '') => practice.must('GET', `/api/accounts/explain?account_ref=${ref}&recipient=relative${on && `&on=${on}`}`);
		/** The balance as it is now: an old one is not asked for. */
		const current = () => practice.must('POST', '/api/balances', { your_reference: 'A', amount: 84.2, final_patient_share: true });
		/** To whom texts went, in order. */
		const texted = () => texts().map(({ to }) => to);
		/** Other practices of this service have messages that wait, too. */
		const texts = () => twilio.requests.filter(({ callback }) => callback.includes(practice.id));
		const mails = () => mailgun.seen.filter(({ body }) => body.includes(`/api/go/${practice.id}.`));
		const consents = () =>
			service.rows(practice.id, async (tx) =>
				(await tx.selectFrom('consent').select(['recipient', 'channel', 'state']).where('account_ref', '=', ref).execute())
					.map((row) => `${row.recipient} ${row.channel} ${row.state}`)
					.sort(),
			);
		const points = () =>
			service.rows(practice.id, async (tx) =>
				(await tx.selectFrom('contact_point').select(['recipient', 'channel', 'valid']).where('account_ref', '=', ref).execute())
					.filter(({ valid }) => !valid)
					.map((row) => `${row.recipient} ${row.channel}`)
					.sort(),
			);
		const reminders = () =>
			service.rows(practice.id, async (tx) =>
				(
					await tx
						.selectFrom('reminder')
						.select(['recipient', 'channel', 'status', 'fallback_of'])
						.where('account_ref', '=', ref)
						.orderBy('created_at')
						.execute()
				).map((row) => `${row.recipient} ${row.channel} ${row.status}${row.fallback_of === null ? '' : ' instead'}`),
			);
		const hookOf = async (connection: string): Promise<string> =>
			(await practice.setup('GET', '/connections')).items.find((item: { connection: string }) => item.connection === connection).hook_url;
		/** What Twilio tells: a reply, or what became of a text. */
		async function tell(fields: Record<string, string>): Promise<void> {
			const hook = await hookOf('texting');
			const { headers, body } = signedCallback(hook, fields);
			const answer = await call(service.url, '', 'POST', new URL(hook).pathname, { raw: body, headers });
			expect(answer.status).toBeLessThan(300);
			await settle(service, practice);
		}
		let replies = 0;
		const reply = (From: string, Body: string) => {
			replies += 1;
			return tell({ MessageSid: `SM${replies}`, From, To: '+12125550100', Body });
		};
		const mail = (): Record<string, string> =>
			Object.fromEntries([...(mails().at(-1)?.body ?? '').matchAll(/name="([^"]+)"\r\n\r\n([\s\S]*?)\r\n--/g)].map(([, name, value]) => [name, value]));

		describe('a message to the relative', () => {
			it("goes to the relative's number with the words that ask for nothing, and counts as the day's one message", async () => {
				expect(await update(ANA)).toMatchObject({
					outcome: 'updated',
					changed_text:
						'relative_name, relative_relation, relative_state, relative_authorization, relative_phone, relative_email, relative_sms_consent, relative_voice_consent, relative_email_consent',
				});
				expect(await update(ANA)).toMatchObject({ outcome: 'unchanged', changed_text: '' });
				const sent = await send();
				expect(sent).toMatchObject({ status: 'sent', was_sent: true, recipient: 'relative', channel: 'sms', amount: 84.2 });
				expect(texts().map(({ to, from, body }) => [to, from, body.replace(/http\S+/, 'LINK')])).toEqual([[RELATIVE, '+12125550100', TEXT]]);
				// The same step to the guarantor is the same reminder; another message is one too many today.
				expect(await send({})).toMatchObject({ status: 'duplicate', reminder_ref: sent.reminder_ref, recipient: 'relative' });
				expect(await send({ message: 'notice', recipient: 'guarantor' })).toMatchObject({
					status: 'scheduled',
					recipient: 'guarantor',
					reason_code: 'cap_day',
				});
				expect(await practice.must('GET', `/api/reminders/find?account_ref=${ref}&status=sent`)).toMatchObject({
					items: [{ recipient: 'relative', address: RELATIVE }],
				});
				expect(texted()).toEqual([RELATIVE]);
			});

			it('is not sent where the guarantor heard of the same step today', async () => {
				await update(ANA);
				const sent = await send({});
				expect(sent).toMatchObject({ status: 'sent', recipient: 'guarantor' });
				expect(await send()).toMatchObject({ status: 'duplicate', reminder_ref: sent.reminder_ref, recipient: 'guarantor' });
				expect(await send({ message: 'notice', recipient: 'relative' })).toMatchObject({ status: 'scheduled', recipient: 'relative', reason_code: 'cap_day' });
				expect(texted()).toEqual([GUARANTOR]);
			});

			it('asked for at once by twenty for both persons, is one message to one of them', async () => {
				await update(ANA);
				const asked = await Promise.all(Array.from({ length: 20 }, (_, i) => send({ recipient: i % 2 === 0 ? 'relative' : 'guarantor' })));
				expect(new Set(asked.map(({ reminder_ref }) => reminder_ref)).size).toBe(1);
				expect(asked.filter(({ was_sent }) => was_sent)).toHaveLength(1);
				expect(texts()).toHaveLength(1);
			});

			it("goes to the relative's mailbox, in the relative's language, and its one click ends the relative's e-mail alone", async () => {
				await update({ ...ANA, relative_language: 'es-MX' });
				expect(await send({ recipient: 'relative', channel: 'email' })).toMatchObject({ status: 'sent', channel: 'email', recipient: 'relative' });
				const { to, subject, text = '', 'h:List-Unsubscribe': leave = '' } = mail();
				expect([to, subject]).toEqual([MAILBOX, 'Un mensaje de Test Practice']);
				expect(text.replaceAll(/http\S+/g, 'LINK')).toBe(
					'Hola:\r\n\r\nTenemos un mensaje sobre una cuenta en la que usted ayuda. La cuenta tiene $84.20 por pagar ahora. La persona de la cuenta permite que se lo digamos. No le pedimos a usted que pague.\r\n\r\nVea la cuenta aquí: LINK\r\n\r\nSi tiene preguntas, llámenos al (212) 555-0100.\r\n\r\nTest Practice\r\n\r\nNo recibir más estos correos: LINK'.replaceAll(
						'\r\n',
						text.includes('\r\n') ? '\r\n' : '\n',
					),
				);
				const path = new URL(leave.slice(1, -1)).pathname;
				expect((await call(service.url, '', 'POST', path, { raw: 'List-Unsubscribe=One-Click' })).status).toBeLessThan(300);
				expect((await consents()).filter((row) => row.includes('revoked'))).toEqual(['relative email revoked']);
			});

			it('names the amount only where the relative was told that the channel is not private', async () => {
				await update(ANA);
				expect(await update({ relative_risk_notice: true })).toMatchObject({ changed_text: 'relative_risk_notice' });
				expect(await update({ relative_risk_notice: true })).toMatchObject({ outcome: 'unchanged' });
				await send();
				expect(texts()[0]?.body).toContain('an account you help with. $84.20 is due on it. You are not asked to pay it yourself.');
				expect(await update({ relative_risk_notice: false })).toMatchObject({ changed_text: 'relative_risk_notice' });
			});

			it('waits until the hour is decent where both live', async () => {
				service.clock.now = NOON - 2 * HOUR;
				await update({ ...ANA, relative_state: 'CA', relative_phone: '(213) 555-0177' });
				const sent = await send();
				expect(sent).toMatchObject({ status: 'scheduled', recipient: 'relative', reason_code: 'hours' });
				expect(sent.send_at).toBe('2026-11-24T11:00:00-05:00');
				await service.advance(HOUR);
				await service.work();
				expect(texted()).toEqual(['+12135550177']);
			});

			it('is previewed, prepared and explained as it would be sent', async () => {
				await update(ANA);
				const query = `account_ref=${ref}&recipient=relative`;
				const preview = await practice.must('GET', `/api/reminders/preview?${query}`);
				expect(preview).toMatchObject({ would_send: true, recipient: 'relative', channel: 'sms', address: RELATIVE });
				expect(preview.text.replace(/http\S+/, 'LINK')).toBe(TEXT);
				expect(await explain()).toMatchObject({
					decision: 'send',
					recipient: 'relative',
					consent_text: expect.stringMatching(/^sms: agreed on 2026-11-24\.$/m),
				});
				const prepared = await practice.must('POST', '/api/reminders/prepare', { account_ref: ref, recipient: 'relative', channel: 'email' });
				expect(prepared).toMatchObject({ permission: 'granted', recipient: 'relative', address: MAILBOX, subject: 'A message from Test Practice' });
				expect(await practice.must('POST', '/api/contacts', { reminder_ref: prepared.reminder_ref, outcome: 'sent' })).toMatchObject({ result: 'confirmed' });
				expect(await reminders()).toEqual(['relative email sent']);
				// Evidence of a relative may name people: neither text of a flow tells it.
				const explained = await explain();
				expect(explained.messages).toMatchObject([{ recipient: 'relative', consent_text: 'Agreed on 2026-11-24.' }]);
				expect(JSON.stringify({ ...explained, messages: [] })).not.toMatch(/Ana|Card|Release/);
			});
		});

		describe('nothing goes to the relative, and nobody else gets it instead,', () => {
			const held = async (code: string, fields: object = { recipient: 'relative' }) => {
				expect(await send(fields)).toMatchObject({ status: 'suppressed', was_sent: false, recipient: 'relative', reason_code: code });
				expect([texted(), mails()]).toEqual([[], []]);
			};

			it('where none is on file', () => held('no_relative'));

			it('where the guarantor is not known to allow it', async () => {
				const { relative_authorization: _, ...unasked } = ANA;
				await update(unasked);
				await held('relative_not_authorized');
				const [event] = await eventsOf(practice, 'reminder_not_delivered');
				expect([event.recipient, event.problem, event.next_step_text]).toEqual([
					'relative',
					'suppressed',
					'Ask the guarantor and record how it was authorised, or send it to the guarantor.',
				]);
			});

			it('from the midnight on that ends the last day, where the practice is', async () => {
				await update({ ...ANA, relative_until: '2026-11-25' });
				const midnight = Date.parse('2026-11-26T05:00:00Z');
				service.clock.now = midnight - 1;
				// The night is no decent hour, yet the relative is still allowed: it waits for the morning and is decided again then.
				expect(await send()).toMatchObject({ status: 'scheduled', recipient: 'relative', reason_code: 'hours' });
				service.clock.now = midnight;
				expect(await explain()).toMatchObject({ decision: 'hold', reasons: [{ code: 'relative_expired' }, { code: 'hours' }] });
				await service.advance(9 * HOUR);
				await service.work();
				expect(await reminders()).toEqual(['relative sms suppressed']);
				await held('relative_expired');
			});

			it('a day of 25 hours is over at its own midnight', async () => {
				service.clock.now = Date.parse('2027-11-06T16:00:00Z');
				await update({ ...ANA, relative_until: '2027-11-07' });
				const until = await service.rows(practice.id, (tx) => tx.selectFrom('relative').select('until').executeTakeFirstOrThrow());
				expect(until.until?.toISOString()).toBe('2027-11-08T05:00:00.000Z');
			});

			it('after the guarantor took it back, also what was reserved for another app and what waits', async () => {
				await update(ANA);
				const prepared = await practice.must('POST', '/api/reminders/prepare', { account_ref: ref, recipient: 'relative' });
				expect(await update({ relative_revoked: true })).toMatchObject({ changed_text: 'relative_revoked' });
				expect(await update({ relative_revoked: true })).toMatchObject({ outcome: 'unchanged' });
				expect(await reminders()).toEqual(['relative sms cancelled']);
				const confirmed = await practice.call('POST', '/api/contacts', { body: { reminder_ref: prepared.reminder_ref, outcome: 'not_sent' } });
				expect(confirmed.status).toBeLessThan(500);
				await held('relative_revoked');
				// The same words again are a new record that the guarantor gave.
				await update({ relative_authorization: ANA.relative_authorization });
				expect(await send()).toMatchObject({ status: 'sent', recipient: 'relative' });
			});

			it('of care that is confidential or of another adult', async () => {
				await update(ANA);
				const balance = async (fields: object) => {
					service.clock.now += 1000;
					await practice.must('POST', '/api/balances', { your_reference: 'A', amount: 84.2, final_patient_share: true, ...fields });
				};
				await balance({ confidential: true });
				await held('confidential');
				await balance({ confidential: false, patient_relation: 'adult', patient_reference: 'P-2' });
				await held('relative_not_told');
			});

			it('while the relative has not agreed to the channel or the guarantor asked for one place alone', async () => {
				await update(ANA);
				await update({ relative_sms_consent: 'no', relative_email_consent: 'no' });
				await held('consent_revoked');
				await update({ only_channel: 'email' });
				await held('only_guarantor');
			});
		});

		describe('a relative who gets the messages instead', () => {
			it('gets what nobody is named for, by review and by call, and only while allowed', async () => {
				await update({ ...ANA, relative_instead: true });
				expect(await send({})).toMatchObject({ status: 'sent', recipient: 'relative' });
				await update({ relative_revoked: true });
				await days(service, practice, 8);
				await current();
				expect(await send({})).toMatchObject({ status: 'sent', recipient: 'guarantor' });
				expect(texted()).toEqual([RELATIVE, GUARANTOR]);
			});

			it('gets what the service sends by itself, and no more than the one message', async () => {
				await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, sending: 'automatic' });
				await update({ ...ANA, relative_instead: true });
				await settle(service, practice);
				await settle(service, practice);
				expect(texted()).toEqual([RELATIVE]);
				expect(await send({})).toMatchObject({ status: 'duplicate', recipient: 'relative' });
			});

			it('is passed over by a call that names the guarantor', async () => {
				await update({ ...ANA, relative_instead: true });
				expect(await send({ recipient: 'guarantor' })).toMatchObject({ status: 'sent', recipient: 'guarantor' });
				expect(texted()).toEqual([GUARANTOR]);
			});
		});

		describe('what the relative answers', () => {
			it("STOP ends the relative's texts and calls alone, and what waits for the relative", async () => {
				service.clock.now = NOON - 6 * HOUR;
				await update(ANA);
				await send();
				expect(await reminders()).toEqual(['relative sms scheduled']);
				await reply(RELATIVE, 'STOP');
				expect(await reminders()).toEqual(['relative sms cancelled']);
				expect((await consents()).filter((row) => row.includes('revoked'))).toEqual(['relative sms revoked', 'relative voice revoked']);
				const [event, ...more] = await eventsOf(practice, 'patient_replied');
				expect(more).toEqual([]);
				expect(event).toMatchObject({
					meaning: 'opt_out',
					replied_by: 'relative',
					summary: 'A relative of a patient ended messages on a channel.',
					reasons_text: 'The relative opted out.',
				});
				service.clock.now = NOON;
				expect(await send({ recipient: 'relative', channel: 'sms' })).toMatchObject({ status: 'suppressed', reason_code: 'consent_revoked' });
				await service.advance(3 * DAY);
				expect(await send({})).toMatchObject({ status: 'sent', recipient: 'guarantor', channel: 'sms' });
			});

			it('STOP by the guarantor leaves the relative as agreed', async () => {
				service.clock.now = NOON - 6 * HOUR;
				await update(ANA);
				await send({ recipient: 'relative', channel: 'sms' });
				await reply(GUARANTOR, 'stop');
				expect(await reminders()).toEqual(['relative sms scheduled']);
				expect((await consents()).filter((row) => row.includes('revoked'))).toEqual(['guarantor sms revoked', 'guarantor voice revoked']);
				await service.advance(2 * DAY + 6 * HOUR);
				await service.work();
				expect(texted()).toEqual([RELATIVE]);
			});

			it('a number that both have ends for both, and is wrong for both', async () => {
				await update({ ...ANA, relative_phone: GUARANTOR });
				await reply(GUARANTOR, 'wrong number');
				expect(await points()).toEqual(['guarantor sms', 'guarantor voice', 'relative sms', 'relative voice']);
				await reply(GUARANTOR, 'STOP');
				expect((await consents()).filter((row) => row.includes('revoked'))).toEqual([
					'guarantor sms revoked',
					'guarantor voice revoked',
					'relative sms revoked',
					'relative voice revoked',
				]);
			});

			it('anything else from a number that both have is said once', async () => {
				await update({ ...ANA, relative_phone: GUARANTOR });
				await reply(GUARANTOR, 'please call me');
				expect((await eventsOf(practice, 'patient_replied')).map((event) => [event.meaning, event.replied_by])).toEqual([['call_me', 'guarantor']]);
			});

			it("a wrong number takes the relative's out, and a request is staff's to answer to whoever wrote", async () => {
				await update(ANA);
				await reply(RELATIVE, 'please call me');
				await reply(RELATIVE, 'wrong number');
				expect(await points()).toEqual(['relative sms', 'relative voice']);
				expect((await eventsOf(practice, 'patient_replied')).map((event) => [event.reasons_text, event.what_to_do_text])).toEqual([
					["The person says that the number is not the relative's.", 'Find the right number or address of the relative.'],
					['The relative asks for a call.', 'Call the relative.'],
				]);
			});
		});

		describe('what does not arrive', () => {
			it("marks the relative's number and not the guarantor's, and the fallback stays with the relative", async () => {
				await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, fallback: true });
				await update(ANA);
				await send();
				const fields = { MessageSid: texts()[0]?.sid ?? '', MessageStatus: 'undelivered', ErrorCode: '30005', To: RELATIVE };
				await tell(fields);
				await tell(fields);
				expect(await points()).toEqual(['relative sms', 'relative voice']);
				await days(service, practice, 2);
				expect(await reminders()).toEqual(['relative sms undelivered', 'relative email sent instead']);
				expect(mail()['to']).toBe(MAILBOX);
				expect((await eventsOf(practice, 'reminder_not_delivered')).map((event) => [event.recipient, event.contact_point_bad])).toEqual([['relative', 'yes']]);
			});

			it('goes to nobody when the authorisation ends before the fallback leaves', async () => {
				await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, fallback: true });
				await update({ ...ANA, relative_instead: true });
				await send({});
				await update({ relative_revoked: true });
				await tell({ MessageSid: texts()[0]?.sid ?? '', MessageStatus: 'undelivered', ErrorCode: '30005', To: RELATIVE });
				expect(await reminders()).toEqual(['relative sms undelivered', 'relative email suppressed instead']);
				expect(mails()).toEqual([]);
			});

			it("is the relative's opt-out where Twilio says so, and a mail that bounces is the relative's mailbox", async () => {
				await update(ANA);
				twilio.treat = () => ({ status: 400, body: { code: 21610, message: 'Attempt to send to unsubscribed recipient' } });
				expect(await send({ recipient: 'relative', channel: 'sms' })).toMatchObject({ status: 'suppressed', reason_code: 'opted_out' });
				expect((await consents()).filter((row) => row.includes('revoked'))).toEqual(['relative sms revoked', 'relative voice revoked']);
				await service.advance(8 * DAY);
				await current();
				expect(await send({ recipient: 'relative', channel: 'email' })).toMatchObject({ status: 'sent' });
				const timestamp = String(Math.floor(service.clock.now / 1000));
				const token = '1'.repeat(50);
				const signature = createHmac('sha256', KEY)
					.update(timestamp + token)
					.digest('hex');
				const event = {
					event: 'failed',
					severity: 'permanent',
					id: 'ev-1',
					timestamp: service.clock.now / 1000,
					recipient: MAILBOX,
					message: { headers: { 'message-id': MAIL_ID } },
					'delivery-status': { code: 550 },
				};
				const raw = JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': event });
				const path = new URL(await hookOf('mailing')).pathname;
				expect((await call(service.url, '', 'POST', path, { raw, headers: { 'content-type': 'application/json' } })).status).toBeLessThan(300);
				expect(await points()).toEqual(['relative email']);
			});
		});

		describe('the record', () => {
			const relative = () => service.rows(practice.id, (tx) => tx.selectFrom('relative').selectAll().executeTakeFirst());

			it.each([
				[{ relative_name: 'Ana Roe' }, 'relative_relation', /first record of a relative/],
				[{ relative_instead: true }, 'relative_relation', /first record of a relative/],
				[{ relative_email: 'ana@example.com' }, 'relative_relation', /first record of a relative/],
				[{ relative_relation: 'daughter' }, 'relative_relation', /must be one of: spouse, parent, adult_child, guardian, other/],
				[{ relative_relation: 'spouse', relative_phone: '1234567' }, 'relative_phone', /not a phone number/],
				[{ relative_relation: 'spouse', relative_sms_consent: 'yes' }, 'relative_consent_evidence', /needed with every Yes/],
				[{ relative_relation: 'spouse', relative_until: '2027-01-01' }, 'relative_until', /beyond what the guarantor is known to allow/],
				[{ relative_relation: 'spouse', relative_until: '2027-02-30', relative_authorization: 'form' }, 'relative_until', /real date/],
				[{ relative_relation: 'spouse', relative_revoked: true, relative_authorization: 'form' }, 'relative_revoked', /contradicts/],
			])('%j is refused whole, by the field', async (fields, field, message) => {
				const before = await dump(service, practice, WRITTEN);
				expect(await refused({ ...fields, plan_type: 'ppo' })).toEqual([{ field, message: expect.stringMatching(message) }]);
				expect(await dump(service, practice, WRITTEN)).toEqual(before);
			});

			it('given by several calls at once is made once', async () => {
				const outcomes = (await Promise.all(Array.from({ length: 5 }, () => update(ANA)))).map(({ outcome }) => outcome);
				expect(outcomes.sort()).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged', 'updated']);
			});

			it('lets an end come sooner unasked, and later only by another authorisation', async () => {
				await update({ ...ANA, relative_until: '2026-12-31' });
				expect(await update({ relative_until: '2026-12-31' })).toMatchObject({ outcome: 'unchanged' });
				expect(await update({ relative_until: '2026-12-01' })).toMatchObject({ changed_text: 'relative_until' });
				expect(await refused({ relative_until: '2026-12-31' })).toMatchObject([{ field: 'relative_until' }]);
				expect(await update({ relative_until: '2026-12-31', relative_authorization: 'New form' })).toMatchObject({
					changed_text: 'relative_authorization, relative_until',
				});
				await update({ relative_authorization: 'Form without an end' });
				expect(await relative()).toMatchObject({ until: null, evidence: 'Form without an end' });
			});

			it('of another person starts from nothing: no authorisation, place, number, consent or message of the former', async () => {
				await update({ ...ANA, relative_instead: true, relative_language: 'es', relative_zip: '10001', relative_until: '2027-01-01' });
				await practice.must('POST', '/api/reminders/prepare', { account_ref: ref });
				await update({ relative_name: 'Eve Roe', relative_authorization: 'Form for the other one', relative_phone: '(317) 555-0188' });
				expect(await relative()).toMatchObject({
					name: 'Eve Roe',
					relation: 'adult_child',
					until: null,
					instead: false,
					language: 'en',
					state: null,
					zip: null,
				});
				expect((await consents()).filter((row) => row.startsWith('relative'))).toEqual([]);
				expect(await reminders()).toEqual(['relative sms cancelled']);
				expect(await send({ recipient: 'relative', channel: 'email' })).toMatchObject({ status: 'suppressed', reason_code: 'no_contact' });
				expect(await send({ recipient: 'relative', channel: 'sms' })).toMatchObject({ status: 'suppressed', reason_code: 'unknown_consent' });
				await update({ relative_relation: 'spouse', relative_name: 'Eve Roe' });
				expect(await send()).toMatchObject({ reason_code: 'relative_not_authorized' });
			});

			it('outlives an import that is undone, and so does the account that it is on', async () => {
				const rows = [{ your_reference: 'B', amount: 20, first_notice_date: '2026-11-10', phone: '(317) 555-0111' }];
				const done = await practice.must('POST', '/api/balances/import', { rows: [...rows, { your_reference: 'A', amount: 90 }], source_name: 'sheet' });
				await practice.must('POST', '/api/accounts', { your_reference: 'B', ...ANA });
				await update(ANA);
				const tables = ['relative', 'contact_point', 'consent'];
				const before = await dump(service, practice, tables);
				expect((await practice.call('POST', `/api/imports/${done.import_ref}/undo`)).status).toBe(200);
				const after = await dump(service, practice, tables);
				const own = (rowsOf: string[] = []) => rowsOf.filter((row) => row.includes('"recipient": "relative"') || row.includes('"recipient":"relative"'));
				expect(after['relative']).toEqual(before['relative']);
				expect([after['relative']?.length, own(after['contact_point']).length, own(after['consent']).length]).toEqual([2, 6, 6]);
				expect(own(after['contact_point'])).toEqual(own(before['contact_point']));
				expect((await practice.call('GET', '/api/accounts/find?your_reference=B')).status).toBe(200);
			});

			it('stands in the audit by digest alone, is exported, and closing the practice sends nothing more', async () => {
				await update(ANA);
				await send();
				await reply(RELATIVE, 'STOP');
				await update({ relative_email_consent: 'no', relative_consent_evidence: 'Letter of Ana Roe' });
				const entries = await service.rows(practice.id, (tx) => tx.selectFrom('audit').select(['kind', 'body', 'personal']).orderBy('seq').execute());
				const words = /Ana|Roe|3175550177|Release|Card|Letter/i;
				expect(entries.filter(({ body }) => words.test(JSON.stringify(body))).map(({ kind: told }) => told)).toEqual([]);
				expect(entries.filter(({ personal }) => words.test(JSON.stringify(personal))).map(({ kind: told }) => told)).toEqual([
					'account_updated',
					'reminder_leaving',
					'consent_revoked',
					'account_updated',
				]);
				expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
				const exported = await practice.call('GET', '/api/setup/practice/export');
				const lines = exported.text
					.trim()
					.split('\n')
					.map((line) => JSON.parse(line));
				expect(lines.filter(({ table }) => table === 'relative').map(({ row }) => [row.name, row.evidence])).toEqual([
					[ANA.relative_name, ANA.relative_authorization],
				]);
				service.clock.now += 8 * DAY;
				await current();
				await practice.must('POST', '/api/accounts', { account_ref: ref, relative_sms_consent: 'yes', relative_consent_evidence: 'form' });
				await practice.must('POST', '/api/reminders', { account_ref: ref, recipient: 'relative', when: 'on_date', send_on: '2026-12-20' });
				expect(await practice.must('POST', '/api/setup/practice/close', { confirm: 'Test Practice' })).toMatchObject({ cancelled_reminders: 1 });
				await service.advance(30 * DAY);
				await service.work();
				expect(texted()).toEqual([RELATIVE]);
			});

			it('is not named in the log', async () => {
				await update(ANA);
				await send();
				expect(JSON.stringify(service.logged)).not.toMatch(/Ana|Roe|3175550177|Release form/);
			});
		});
	});
}
