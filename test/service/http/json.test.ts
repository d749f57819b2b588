import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBody, queryInput } from '../../../shared/service/http/body.ts';
import { faultOf, parseJson } from '../../../shared/service/http/json.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a body that is not JSON', () => {
	it.each([
		['{"a": bad}', 6],
		['{"a": 1,}', 8],
		['{"a" 1}', 5],
		['[1 2]', 3],
		['{a: 1}', 1],
		['', 0],
		['{"a": "x', 8],
		['{"a": "x\n"}', 8],
		['{"a": "\\q"}', 7],
		['{"a": 01}', 7],
		['nul', 0],
		['{"a": 1} x', 9],
		['{"a": 1}}', 8],
		['[1,]', 3],
		['{"a":[1,{"b":}]}', 13],
	])('%j is wrong at %i', (text, at) => {
		expect(faultOf(text)).toBe(at);
	});

	it('names line and column and repeats nothing of the body', () => {
		expect(() => parseJson('{\n  "patient_name": Ada\n}')).toThrow(
			'The body is not valid JSON: something is wrong at line 2, column 19. Correct it and send it again.',
		);
	});

	it('is found wrong exactly where valid JSON was broken by a forbidden character', () => {
		fc.assert(
			fc.property(fc.json(), fc.nat(), (json, seed) => {
				const at = seed % (json.length + 1);
				const broken = `${json.slice(0, at)}\u0001${json.slice(at)}`;
				expect(() => JSON.parse(broken)).toThrow();
				// A number or a word that is cut in two is wrong from its own beginning, or right after what still reads as one.
				expect(faultOf(broken)).toBeLessThanOrEqual(at);
			}),
			{ numRuns: 300 },
		);
	});

	it('ends at the end for valid JSON, so that it never blames what is right', () => {
		fc.assert(
			fc.property(fc.json(), (json) => faultOf(json) === json.length),
			{ numRuns: 300 },
		);
	});
});

describe('a body that is JSON but cannot be kept', () => {
	it.each([['{"a": "\\u0000"}'], ['{"a": "\\ud800"}'], ['{"\\u0000": 1}'], ['{"a": [{"b": "\\u0000"}]}']])('%s is refused', (text) => {
		expect(() => jsonBody(bytes(text))).toThrow('A text in the request holds a NUL or half of a character. Remove it.');
	});

	it('is refused when it is nested beyond any schema', () => {
		expect(() => jsonBody(bytes(`{"a":${'['.repeat(60)}${']'.repeat(60)}}`))).toThrow('The body is nested too deeply.');
	});

	it.each([['[]'], ['null'], ['"x"'], ['7']])('%s is no object', (text) => {
		expect(() => jsonBody(bytes(text))).toThrow('The body must be a JSON object');
	});

	it('is refused when it is not UTF-8', () => {
		expect(() => jsonBody(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow('The body is not UTF-8 text.');
	});

	it('keeps a well-formed emoji and an empty body', () => {
		expect(jsonBody(bytes('{"a":"\\ud83d\\ude00"}'))).toEqual({ a: '😀' });
		expect(jsonBody(new Uint8Array())).toEqual({});
	});
});

describe('a query', () => {
	const schema = {
		type: 'object' as const,
		title: '',
		description: '',
		properties: { limit: field('integer'), share: field('number'), only: field('boolean'), name: field('string') },
	};
	function field(type: 'integer' | 'number' | 'boolean' | 'string') {
		return { type, title: '', description: '' };
	}

	it('becomes the types that the schema names', () => {
		expect(queryInput(new URLSearchParams('limit=5&share=0.29&only=true&name=5'), schema)).toEqual({ limit: 5, share: 0.29, only: true, name: '5' });
	});

	it('keeps what does not read as its type, for validation to refuse', () => {
		expect(queryInput(new URLSearchParams('limit=five&only=yes&limit2=1e3'), schema)).toEqual({ limit: 'five', only: 'yes', limit2: '1e3' });
	});

	it('refuses a field that is given twice', () => {
		expect(() => queryInput(new URLSearchParams('name=a&name=b'), schema)).toThrow('"name" is given 2 times. Give it once.');
	});

	it('keeps __proto__ as a name like any other', () => {
		expect(Object.keys(queryInput(new URLSearchParams('__proto__=x'), schema))).toEqual(['__proto__']);
	});
});
