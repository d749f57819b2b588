/**
 * One process per folder: two on one embedded database lose each other's acknowledged writes.
 * The file `<dataDir>/lock` says who holds it. It is left behind by kill -9, so its holder is asked for: on this
 * host by pid and start time (a pid is soon used again), on another host (a container that is gone, a network
 * share) by the file's age, which the holder renews.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LedgerUnavailable } from './unavailable.ts';

interface Holder {
	pid: number;
	host: string;
	/** Start of the process in the kernel's own count, where there is /proc; empty elsewhere. */
	started: string;
	/** When the lock was taken, for people. */
	since: string;
	token: string;
}

export interface Lock {
	release(): void;
}

const RENEW_MS = 5_000;
/** A holder on another host that did not renew for so long is gone. */
const ABANDONED_MS = 60_000;
const ATTEMPTS = 50;

/** Field 22 of /proc/<pid>/stat (start in clock ticks since boot), with the boot's id: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const startOf = (pid: number): string => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
		return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
	} catch {
		return '';
	}
};

const exists = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// EPERM: it exists and belongs to somebody else.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
};

const read = (file: string): Holder | 'absent' | 'unreadable' => {
	try {
		const holder = JSON.parse(readFileSync(file, 'utf8')) as Holder;
		return typeof holder.pid === 'number' ? holder : 'unreadable';
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unreadable';
	}
};

const ageOf = (file: string): number => {
	try {
		return Date.now() - statSync(file).mtimeMs;
	} catch {
		return 0;
	}
};

const isGone = (holder: Holder | 'unreadable', file: string): boolean => {
	// Not ours, or cut short by a full disk: nobody renews it.
	if (holder === 'unreadable') return ageOf(file) > ABANDONED_MS;
	if (holder.host !== hostname()) return ageOf(file) > ABANDONED_MS;
	if (!exists(holder.pid)) return true;
	const started = startOf(holder.pid);
	return holder.started !== '' && started !== '' && holder.started !== started;
};

/** Exclusive, and never seen half-written: the link appears with its whole content or not at all. */
const create = (file: string, holder: Holder): boolean => {
	const draft = `${file}.${holder.token}`;
	writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
	try {
		linkSync(draft, file);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	} finally {
		rmSync(draft, { force: true });
	}
};

/**
 * Removes a lock whose holder is gone. Two may find it stale at once and the slower one must not remove the
 * faster one's new lock: so removal has a lock of its own, and looks again once it holds that.
 */
const removeStale = (file: string, me: Holder): void => {
	const guard = `${file}.takeover`;
	if (!create(guard, me)) {
		const other = read(guard);
		if (other !== 'absent' && isGone(other, guard)) rmSync(guard, { force: true });
		return;
	}
	try {
		const holder = read(file);
		if (holder !== 'absent' && isGone(holder, file)) rmSync(file, { force: true });
	} finally {
		rmSync(guard, { force: true });
	}
};

const refusal = (dataDir: string, holder: Holder | 'unreadable'): LedgerUnavailable => {
	if (holder === 'unreadable')
		return new LedgerUnavailable(`The folder ${dataDir} holds a lock file that can not be read; if nothing is running on the folder, remove ${dataDir}/lock.`);
	const who = holder.host === hostname() ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;
	return new LedgerUnavailable(`The folder ${dataDir} is in use by ${who} since ${holder.since}; use the running service, stop it, or choose another folder.`);
};

const hold = (file: string, token: string): Lock => {
	const renew = setInterval(() => {
		const now = new Date();
		try {
			utimesSync(file, now, now);
		} catch {
			// The folder was removed beneath us: nothing is left to hold.
		}
	}, RENEW_MS);
	renew.unref();
	const release = (): void => {
		clearInterval(renew);
		process.off('exit', release);
		const holder = read(file);
		if (typeof holder === 'object' && holder.token === token) rmSync(file, { force: true });
	};
	process.on('exit', release);
	return { release };
};

/** @throws LedgerUnavailable when another process holds the folder, or it can not be written. */
export const lockFolder = (dataDir: string): Lock => {
	const file = join(dataDir, 'lock');
	const me: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid), since: new Date().toISOString(), token: randomUUID() };
	try {
		mkdirSync(dataDir, { recursive: true, mode: 0o700 });
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			if (create(file, me)) return hold(file, me.token);
			const holder = read(file);
			if (holder === 'absent') continue;
			if (!isGone(holder, file)) throw refusal(dataDir, holder);
			removeStale(file, me);
		}
	} catch (error) {
		if (error instanceof LedgerUnavailable) throw error;
		const code = (error as NodeJS.ErrnoException).code ?? 'error';
		throw new LedgerUnavailable(`The folder ${dataDir} can not be used (${code}); choose a folder this user may write to.`, error);
	}
	throw refusal(dataDir, 'unreadable');
};
