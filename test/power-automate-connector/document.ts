/** Reading a Swagger file: its operations, its schemas and where each thing stands, as JSON pointers. */

export type Json = Record<string, unknown>;

export interface Finding {
	/** As in power-automate rules: DEF02, PRM07 … */
	rule: string;
	/** E blocks certification, W is a warning. */
	severity: 'E' | 'W';
	/** JSON pointer into the file, or the file's name. */
	at: string;
	message: string;
}

export type Report = (rule: string, severity: 'E' | 'W', at: string, message: string) => void;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const pointer = (...parts: (string | number)[]): string => parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export interface Place {
	path: string;
	method: string;
	operation: Json;
	item: Json;
	at: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

export function operationsOf(document: Json): Place[] {
	return Object.entries(objectOf(document['paths'])).flatMap(([path, item]) =>
		METHODS.filter((method) => isObject(objectOf(item)[method])).map((method) => ({
			path,
			method,
			operation: objectOf(objectOf(item)[method]),
			item: objectOf(item),
			at: pointer('paths', path, method),
		})),
	);
}

export const idOf = (place: Place): string => textOf(place.operation['operationId']);
export const visibilityOf = (value: Json): string => textOf(value['x-ms-visibility']);
export const isPublic = (place: Place): boolean => visibilityOf(place.operation) !== 'internal';
export const isTrigger = (place: Place): boolean => place.operation['x-ms-trigger'] !== undefined;
export const isWebhook = (place: Place): boolean => isTrigger(place) && place.item['x-ms-notification-content'] !== undefined;
export const parametersOf = (place: Place): Json[] => listOf(place.operation['parameters']).map(objectOf);
export const responsesOf = (place: Place): [string, Json][] =>
	Object.entries(objectOf(place.operation['responses'])).map(([code, response]) => [code, objectOf(response)]);

/** A schema with its reference followed; an unknown reference is an empty schema. */
export function resolve(document: Json, schema: unknown): Json {
	const value = objectOf(schema);
	const reference = value['$ref'];
	return typeof reference === 'string' ? resolve(document, at(document, reference)) : value;
}

/** What a reference or pointer ("#/paths/~1api/post") leads to; undefined when it leads nowhere. */
export const at = (document: Json, reference: string): unknown =>
	reference
		.split('/')
		.slice(1)
		.reduce<unknown>((value, part) => (value as Json | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);

export interface PropertyPlace {
	name: string;
	schema: Json;
	at: string;
	/** The object schema it belongs to. */
	owner: Json;
}

/** Every property of a schema at every depth, references not followed: definitions are walked by themselves. */
export function propertiesOf(schema: Json, where: string): PropertyPlace[] {
	const own = Object.entries(objectOf(schema['properties'])).flatMap(([name, value]) => {
		const place = `${where}${pointer('properties', name)}`;
		return [{ name, schema: objectOf(value), at: place, owner: schema }, ...propertiesOf(objectOf(value), place)];
	});
	return isObject(schema['items']) ? [...own, ...propertiesOf(objectOf(schema['items']), `${where}/items`)] : own;
}

/** The schemas of a file: what is sent, and what is answered or notified. */
export function schemasOf(document: Json): { at: string; schema: Json; use: 'input' | 'output' }[] {
	const out: { at: string; schema: Json; use: 'input' | 'output' }[] = [];
	for (const place of operationsOf(document)) {
		for (const [index, parameter] of parametersOf(place).entries())
			if (isObject(parameter['schema'])) out.push({ at: `${place.at}${pointer('parameters', index, 'schema')}`, schema: parameter['schema'], use: 'input' });
		for (const [code, response] of responsesOf(place))
			if (isObject(response['schema'])) out.push({ at: `${place.at}${pointer('responses', code, 'schema')}`, schema: response['schema'], use: 'output' });
	}
	for (const [path, item] of Object.entries(objectOf(document['paths']))) {
		const notification = objectOf(objectOf(item)['x-ms-notification-content'])['schema'];
		if (isObject(notification)) out.push({ at: pointer('paths', path, 'x-ms-notification-content', 'schema'), schema: notification, use: 'output' });
	}
	for (const [name, schema] of Object.entries(objectOf(document['definitions'])))
		out.push({ at: pointer('definitions', name), schema: objectOf(schema), use: 'output' });
	return out;
}

/** Every object in the file with its pointer; examples are data and left out. */
export function* everyObject(value: unknown, where = ''): Generator<{ at: string; value: Json }> {
	if (Array.isArray(value)) for (const [index, entry] of value.entries()) yield* everyObject(entry, `${where}/${index}`);
	if (!isObject(value)) return;
	yield { at: where, value };
	for (const [key, entry] of Object.entries(value)) if (key !== 'example' && key !== 'examples') yield* everyObject(entry, `${where}${pointer(key)}`);
}

export const isSentence = (text: string): boolean => /^[A-Z0-9"$]/.test(text) && text.endsWith('.');

const MINOR = new Set('a an and as at but by for from in into nor of on or per than that the to up with'.split(' '));
export const isTitleCase = (text: string): boolean =>
	text !== '' && text.split(/\s+/).every((word, index) => (index > 0 && MINOR.has(word)) || /^["(]?[A-Z0-9]/.test(word));
/** Only the first word has a capital, except abbreviations. */
export const isSentenceCase = (text: string): boolean =>
	/^[A-Z]/.test(text) &&
	text
		.split(/\s+/)
		.slice(1)
		.every((word) => !/^[A-Z]/.test(word) || /^[A-Z0-9]{2,4}$/.test(word));
