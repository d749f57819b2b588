import { describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/operations/registry.ts';
import { broken, type Frozen, type FrozenOperation, freeze } from '../kit/frozen.ts';

const base = freeze(catalogue);
const changed = (key: string, change: (operation: FrozenOperation) => void): Frozen => {
	const copy = structuredClone(base);
	change(copy[key] as FrozenOperation);
	return copy;
};

describe('what users hold on to', () => {
	it('misses nothing when nothing changed', () => {
		expect(broken(base, freeze(catalogue))).toEqual([]);
	});

	it('may grow: an operation, an optional input, a required field of new rows, an output, a value', () => {
		const after = changed('send_reminder', (operation) => {
			operation.input['urgency'] = { type: 'string' };
			operation.input['lines'] = { type: 'array' };
			operation.input['lines.number'] = { type: 'integer', required: true };
			operation.output['cost'] = { type: 'number' };
			operation.input['channel']?.values?.push('chat');
		});
		after['new_thing'] = structuredClone(after['get_aging'] as FrozenOperation);
		expect(broken(base, after)).toEqual([]);
	});

	it.each<[string, string, (operation: FrozenOperation) => void, string]>([
		['an input', 'send_reminder', (o) => delete o.input['because_of'], 'send_reminder input because_of was removed'],
		['an output', 'send_reminder', (o) => delete o.output['was_sent'], 'send_reminder output was_sent was removed'],
		['a field of rows', 'find_account', (o) => delete o.output['invoices.amount'], 'find_account output invoices.amount was removed'],
		['a value', 'send_reminder', (o) => o.input['channel']?.values?.shift(), 'send_reminder input channel no longer knows sms'],
		['a surface', 'send_reminder', (o) => o.surfaces.shift(), 'send_reminder is no longer offered on zapier'],
	])('misses %s that was removed', (_, key, change, fault) => {
		expect(broken(base, changed(key, change))).toEqual([fault]);
	});

	it.each<[string, string, (operation: FrozenOperation) => void, string]>([
		[
			'an optional input became required',
			'send_reminder',
			(o) => {
				o.input['because_of'] = { type: 'string', required: true };
			},
			'send_reminder input because_of became required',
		],
		[
			'a new input is required',
			'send_reminder',
			(o) => {
				o.input['mood'] = { type: 'string', required: true };
			},
			'send_reminder input mood became required',
		],
		[
			'a type changed',
			'get_aging',
			(o) => {
				o.output['total'] = { type: 'string' };
			},
			'get_aging output total changed from number to string',
		],
		[
			'a text became a choice',
			'send_reminder',
			(o) => {
				o.input['message'] = { type: 'string', values: ['reminder_1'] };
			},
			'send_reminder input message became a choice',
		],
		[
			'a path moved',
			'get_aging',
			(o) => {
				o.call = 'GET /ageing';
			},
			'get_aging moved from GET /aging to GET /ageing',
		],
		[
			'a kind changed',
			'get_aging',
			(o) => {
				o.kind = 'action';
			},
			'get_aging changed from search to action',
		],
	])('sees that %s', (_, key, change, fault) => {
		expect(broken(base, changed(key, change))).toEqual([fault]);
	});

	it('misses an operation that was removed', () => {
		const { get_aging: _gone, ...after } = base;
		expect(broken(base, after)).toEqual(['get_aging was removed']);
	});
});
