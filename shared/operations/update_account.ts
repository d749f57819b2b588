import { defineAction } from '../contracts/operation.ts';
import { choice, date, email, flag, object, optional, text } from '../contracts/schema.ts';
import { CHANNELS, RELATIVE_RELATIONS } from '../contracts/words.ts';
import { accountKey, accountOutput, duplicateOutput, idempotencyKey, linkOutput } from './fields.ts';

const consent = (channel: string) =>
	optional(
		choice(
			{ yes: 'Yes', no: 'No' },
			`${channel} Consent`,
			`Whether the person agreed to billing messages this way (${channel.toLowerCase()}); No ends them at once. Left out, nothing changes.`,
		),
	);

const RELATIVE_CHANNEL = { yes: 'Yes', no: 'No' } as const;
const relativeConsent = (channel: string) =>
	optional(
		choice(
			RELATIVE_CHANNEL,
			`Relative's ${channel} Consent`,
			`Whether the relative agreed to messages this way (${channel.toLowerCase()}); No ends them at once.`,
			{
				patientData: true,
				visibility: 'advanced',
			},
		),
	);

/** The one relative on file whom the person who owes lets be told. */
const relative = {
	relative_name: optional(
		text("Relative's Name", 'The name of the relative. Another name or relation is another person: what was recorded of the former one is not used for them.', {
			patientData: true,
			minLength: 1,
			maxLength: 120,
			visibility: 'advanced',
		}),
	),
	relative_relation: optional(
		choice(RELATIVE_RELATIONS, "Relative's Relation", 'What the relative is to the person who owes; needed with the first record. It makes nobody owe.', {
			patientData: true,
			visibility: 'advanced',
		}),
	),
	relative_authorization: optional(
		text(
			"Relative's Authorization",
			'How the person who owes allowed that the relative be told: the form or talk and its day. Without it nothing goes to the relative.',
			{
				patientData: true,
				minLength: 3,
				maxLength: 200,
				visibility: 'advanced',
			},
		),
	),
	relative_until: optional(
		date('Relative Until', 'The last day on which the relative may be told; left out, until it is taken back. A later day needs an authorization with it.', {
			patientData: true,
			visibility: 'advanced',
		}),
	),
	relative_revoked: optional(
		flag('Relative Revoked', 'Yes takes the authorization back at once; a new one needs its own record.', { patientData: true, visibility: 'advanced' }),
	),
	relative_instead: optional(
		flag('Relative Instead', 'Whether the relative gets the messages in place of the person who owes when nothing else is said.', {
			patientData: true,
			visibility: 'advanced',
		}),
	),
	relative_language: optional(
		text("Relative's Language", 'Code of the language the relative reads, such as en or es.', {
			patientData: true,
			pattern: '^[a-z]{2,3}(-[A-Z]{2})?$',
			visibility: 'advanced',
		}),
	),
	relative_state: optional(
		text("Relative's State", 'The US state or territory where the relative lives, two letters.', {
			patientData: true,
			pattern: '^[A-Z]{2}$',
			visibility: 'advanced',
		}),
	),
	relative_zip: optional(
		text("Relative's ZIP Code", 'The ZIP code where the relative lives.', { patientData: true, pattern: '^[0-9]{5}(-[0-9]{4})?$', visibility: 'advanced' }),
	),
	relative_phone: optional(
		text("Relative's Phone", "The relative's phone number.", { patientData: true, minLength: 7, maxLength: 40, visibility: 'advanced' }),
	),
	relative_email: optional(email("Relative's E-mail", 'Where the relative gets e-mail.', { patientData: true, visibility: 'advanced' })),
	relative_sms_consent: relativeConsent('Text Message'),
	relative_voice_consent: relativeConsent('Phone Call'),
	relative_email_consent: relativeConsent('E-mail'),
	relative_consent_evidence: optional(
		text("Relative's Consent Evidence", 'The form or document in which the relative agreed; needed with every Yes of the relative.', {
			patientData: true,
			minLength: 3,
			maxLength: 120,
			visibility: 'advanced',
		}),
	),
	relative_risk_notice: optional(
		flag("Relative's Risk Notice", 'Whether the relative was told that the channels agreed to in this call are not private and still prefers them.', {
			patientData: true,
			visibility: 'advanced',
		}),
	),
};

export const input = object({
	...accountKey,
	sms_consent: consent('Text Message'),
	email_consent: consent('E-mail'),
	voice_consent: consent('Phone Call'),
	fax_consent: consent('Fax'),
	portal_consent: consent('Portal'),
	consent_evidence: optional(
		text('Consent Evidence', 'The form, column or document that proves the consent, without names of people; needed with every Yes.', {
			minLength: 3,
			maxLength: 120,
		}),
	),
	consent_purpose: optional(
		choice({ billing: 'Messages about bills', all: 'All messages' }, 'Consent Purpose', 'What the consent or its end speaks of.', {
			default: 'billing',
			visibility: 'advanced',
		}),
	),
	risk_notice: optional(
		flag(
			'Risk Notice Given',
			'Whether the person was told that the channels of this call are not private and still prefers them; only then are amounts named.',
			{
				visibility: 'advanced',
			},
		),
	),
	only_channel: optional(
		choice(
			{ any: 'Any channel', ...CHANNELS },
			'Only Channel',
			'The one channel by which the person asked to be reached, whatever the rules would prefer; Any takes the wish back.',
		),
	),
	fax_requested: optional(flag('Fax Requested', 'Whether the person asked for faxes; none goes out unasked.', { visibility: 'advanced' })),
	guarantor: optional(
		text('Guarantor', "The practice's own code of the person who owes; accounts with the same code share the caps and the day's one message.", {
			minLength: 1,
			maxLength: 80,
			visibility: 'advanced',
		}),
	),
	guarantor_signed: optional(
		flag('Guarantor Signed', 'Whether this person signed to pay; No holds every reminder until staff know who did.', { visibility: 'advanced' }),
	),
	in_collections: optional(
		flag('In Collections', 'Whether the practice has begun debt collection procedures; stricter laws bind then.', { visibility: 'advanced' }),
	),
	language: optional(text('Language', 'The language the person reads, as a code such as en or es.', { pattern: '^[a-z]{2,3}(-[A-Z]{2})?$' })),
	location: optional(text('Location', 'The practice location.', { options: 'locations', maxLength: 80 })),
	state: optional(text('State', 'The US state or territory where the person lives, two letters; it decides hours and law.', { pattern: '^[A-Z]{2}$' })),
	time_zone: optional(
		text('Time Zone', "The IANA name of the person's time zone, such as America/Phoenix, where it is known for sure.", {
			pattern: '^[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$',
			maxLength: 60,
		}),
	),
	plan_type: optional(text('Plan Type', 'The kind of insurance plan, such as ppo, hmo, medicare or self_pay.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	high_deductible: optional(flag('High Deductible', 'Whether it is a high-deductible plan.')),
	patient_name: optional(text('Patient Name', 'The name of the person who owes.', { patientData: true, minLength: 1, maxLength: 120 })),
	email: optional(email('E-mail', 'Where the person gets e-mail.', { patientData: true })),
	phone: optional(text('Phone', "The person's phone number.", { patientData: true, minLength: 7, maxLength: 40 })),
	fax: optional(text('Fax', "The person's fax number.", { patientData: true, minLength: 7, maxLength: 40 })),
	mailing_address: optional(
		text('Mailing Address', 'Where the person gets letters: street, city, state and ZIP code, line by line or with commas between them.', {
			patientData: true,
			minLength: 5,
			maxLength: 300,
		}),
	),
	zip: optional(text('ZIP Code', 'The ZIP code where the person lives.', { patientData: true, pattern: '^[0-9]{5}(-[0-9]{4})?$' })),
	...relative,
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	outcome: choice({ created: 'Created', updated: 'Updated', unchanged: 'Unchanged' }, 'Outcome', 'What the call changed.'),
	...duplicateOutput,
	changed_text: text('Changed Fields', 'Names of the fields that changed, separated by commas; empty when none did.'),
	consent_text: text('Consent', 'Which channels the person agreed to, and which not, in plain words.'),
	can_contact: flag('Can Contact', 'Whether the rules allow a reminder now that this is known.'),
	blocked_reasons_text: text('Blocked Reasons', 'What keeps a reminder back, empty when nothing does.'),
	...linkOutput,
});

export default defineAction({
	key: 'update_account',
	label: 'Update Account',
	noun: 'Account',
	description: "Updates an account's language, location, plan and consent.",
	summary: 'Update an account',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/accounts',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		outcome: 'updated',
		duplicate: false,
		changed_text: 'sms_consent, language',
		consent_text: 'Text messages: yes (intake form 2026). E-mail: not known. Phone calls: no.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', sms_consent: 'yes', consent_evidence: 'Intake form 2026', language: 'es' },
		{ account_ref: 'acc_7k2m9qd4wx', voice_consent: 'no' },
		{ account_ref: 'acc_7k2m9qd4wx', only_channel: 'email', guarantor: 'G-77', guarantor_signed: true, in_collections: false },
		{ account_ref: 'acc_7k2m9qd4wx', state: 'AZ', time_zone: 'America/Phoenix', plan_type: 'ppo', high_deductible: true },
	],
	counterExamples: [
		{
			value: { your_reference: 'A-1042', relative_relation: 'daughter' },
			reason: '"relative_relation" must be one of: spouse, parent, adult_child, guardian, other',
		},
		{ value: { your_reference: 'A-1042', sms_consent: true }, reason: '"sms_consent" must be text' },
		{ value: { your_reference: 'A-1042', sms_consent: 'maybe' }, reason: '"sms_consent" must be one of: yes, no' },
		{ value: { your_reference: 'A-1042', state: 'Arizona' }, reason: '"state" does not have the expected form' },
		{ value: { your_reference: 'A-1042', time_zone: 'UTC-7' }, reason: '"time_zone" does not have the expected form' },
		{ value: { your_reference: 'A-1042', email: 'not an address' }, reason: '"email" must be an e-mail address' },
		{ value: { your_reference: 'A-1042', birthday: '1980-01-01' }, reason: '"birthday" is not a field of this operation' },
	],
	run: (context, value) => context.service.update_account(value),
});
