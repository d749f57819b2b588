/**
 * A place in the United States where it is a decent hour now. Processes of their own live by the machine's clock, and
 * texts may arrive between 8:00 and 21:00 only, whatever the policy says.
 */
interface Place {
	state: string;
	/** An area code of the same place: the number counts as evidence too. */
	areaCode: string;
	zone: string;
}

const PLACES: readonly Place[] = [
	{ state: 'IN', areaCode: '317', zone: 'America/Indiana/Indianapolis' },
	{ state: 'HI', areaCode: '808', zone: 'Pacific/Honolulu' },
	{ state: 'GU', areaCode: '671', zone: 'Pacific/Guam' },
];

const minutesAt = (zone: string, now: number): number => {
	const [hour = 0, minute = 0] = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' })
		.format(now)
		.split(':')
		.map(Number);
	return hour * 60 + minute;
};

/** With ten minutes to spare on both sides; between about 10:50 and 13:00 UTC there is none. */
export const awakePlace = (now = Date.now()): Place | undefined =>
	PLACES.find(({ zone }) => minutesAt(zone, now) >= 8 * 60 && minutesAt(zone, now) < 20 * 60 + 50);

export const asleepTitle = awakePlace() === undefined ? ' (skipped: it is night or early morning in all of the United States)' : '';

/** For createAccount: who may be texted now, by the machine's clock. */
export const awakeAccount = (line = 142): { now: number; phone: string; fields: { state: string } } => {
	const { state, areaCode } = awakePlace() ?? (PLACES[0] as Place);
	return { now: Date.now(), phone: `+1${areaCode}555${String(line).padStart(4, '0')}`, fields: { state } };
};
