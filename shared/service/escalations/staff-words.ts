/** What a message to a staff member says: the work and where to open it, no name, and no more than the person needs to know that it is theirs. */
import { ESCALATION_REASONS, SEVERITIES } from '../../operations/fields.ts';
import { htmlOf } from '../messages/html.ts';
import type { Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { itemOf, type WorkRow } from './item.ts';
import type { Task } from './place.ts';
import { type EscalationReason, isAsked, titleWithoutNames } from './words.ts';

export interface StaffWords {
	subject?: string;
	text: string;
	html?: string;
}

const STAGE: Record<Task['kind'], string> = { open: '', update: 'Update: ', close: 'Resolved: ', leave: '' };

export function staffWords(deps: Deps, practice: Practice, row: WorkRow & { cause: string }, { kind, channel, target }: Task): StaffWords {
	const { title, text, link, severity, dueDate, reference } = itemOf(deps, practice, { ...row, title: titleWithoutNames(row) }, target);
	const how = [SEVERITIES[severity], ...(dueDate === undefined ? [] : [`due ${dueDate}`])];
	// With the reference no two works have the same words, by which a text whose answer was lost is looked for.
	if (channel === 'sms')
		return { text: `${practice.name}: ${STAGE[kind]}${shortTitle(row)}.${kind === 'close' ? '' : ` ${how.join(', ')}.`} ${link} (${reference})` };
	const subject = `${STAGE[kind]}${title}`;
	const told = kind === 'close' ? `${subject}.` : [text, `Severity: ${how.join(', ')}`].join('\n');
	const body = [told, `Open in Dunwell: ${link}`, `${practice.name}, ${reference}`].join('\n\n');
	return { subject, text: body, html: htmlOf('en', subject, body) };
}

/** A lock screen shows a text to whoever passes: it gets the reason without the amount. Where the reason says nothing, what we wrote ourselves. */
const shortTitle = (row: { cause: string; reason: string; title: string }): string =>
	row.reason === 'other' && !isAsked(row.cause) ? row.title : ESCALATION_REASONS[row.reason as EscalationReason];
