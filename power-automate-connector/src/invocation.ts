/** What belongs to one run of a function: where its log lines go, and which practices it left work for. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '@azure/functions';
import { type Logger, pino } from 'pino';

interface Invocation {
	context: InvocationContext;
	due: Set<string>;
}

const running = new AsyncLocalStorage<Invocation>();

/** Runs `work`; `due` fills with the practices that it leaves work for. */
export function invoke<T>(context: InvocationContext, work: (due: ReadonlySet<string>) => Promise<T>): Promise<T> {
	const invocation = { context, due: new Set<string>() };
	return running.run(invocation, () => work(invocation.due));
}

export const noteDue = (practiceId: string): void => void running.getStore()?.due.add(practiceId);

const WARN = 40;
const ERROR = 50;

/** Lines go to the invocation's own log, where Azure shows them beside its result; what a worker prints by itself gets lost there. */
export const createInvocationLog = (level: string): Logger => pino({ level, base: null }, { write });

function write(line: string): void {
	const context = running.getStore()?.context;
	const { level } = JSON.parse(line) as { level: number };
	const text = line.trimEnd();
	if (!context) process.stderr.write(line);
	else if (level >= ERROR) context.error(text);
	else if (level >= WARN) context.warn(text);
	else context.info(text);
}
