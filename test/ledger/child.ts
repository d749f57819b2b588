/**
 * A process that opens a ledger and says what it did, one word a line, so that tests can kill it:
 * node child.ts <hold|write|work> <folder or postgres address>
 */
import { openLedger } from '../../shared/ledger/open.ts';

const [mode = '', target = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const isServer = target.startsWith('postgres');

const ledger = await openLedger({ dataDir: isServer ? '' : target, ...(isServer ? { databaseUrl: target } : {}), production: false }).catch((error: Error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});
say('open');

if (mode === 'write') {
	for (let n = 1; ; n++) {
		await ledger.practice('p', async (tx) => {
			const now = new Date();
			await tx
				.insertInto('account')
				.values({ practice_id: 'p', account_ref: `a${n}`, test: true, your_reference: `a${n}`, currency: 'USD', created_at: now, updated_at: now })
				.execute();
			await ledger.queue.add(tx, 'review', { n });
		});
		say(String(n));
	}
}

if (mode === 'work') {
	const hang = async () => {
		say('working');
		await new Promise(() => undefined);
	};
	await ledger.queue.work({ review: hang, send: hang, deliver: hang, poll: hang, sweep: hang }, { concurrency: 2 });
	await ledger.practice('p', (tx) => ledger.queue.add(tx, 'send', { reminder: 'r1' }));
}

if (mode === 'hold') {
	process.stdin
		.on('data', () => undefined)
		.on('end', async () => {
			await ledger.close();
			say('closed');
		});
}
