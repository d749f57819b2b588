/** Account Flagged. */
import { localIso } from '../../practice.ts';
import type { Told } from './told.ts';

export function accountFlagged({ deps, practice, account, decision, event }: Told): Record<string, unknown> {
	const flag = account.row.flags.find((one) => one.flag_ref === event.flag);
	return {
		flag_ref: event.flag ?? '',
		purpose: flag?.purpose ?? 'review',
		priority: flag?.priority ?? 'normal',
		flagged_by: flag?.actor ?? '',
		flagged_at: localIso(flag ? Date.parse(flag.at) : deps.now(), practice.zone),
		message: flag?.purpose === 'reminder' ? (decision.reminder.message ?? '') : '',
		...(flag?.note ? { note_text: flag.note } : {}),
	};
}
