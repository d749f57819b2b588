/**
 * The rules a connector must meet to be certified, as far as a file shows them. Microsoft's own validators are
 * hosted services behind a login; the rules are theirs (documentation, review texts, validator messages) and were
 * calibrated on the certified connectors.
 */
import {
	everyObject,
	type Finding,
	idOf,
	isObject,
	isPublic,
	isSentence,
	isSentenceCase,
	isTitleCase,
	isTrigger,
	isWebhook,
	type Json,
	listOf,
	objectOf,
	operationsOf,
	type Place,
	parametersOf,
	pointer,
	propertiesOf,
	type Report,
	resolve,
	responsesOf,
	schemasOf,
	textOf,
	at as valueAt,
	visibilityOf,
} from './document.ts';

export function checkSwagger(document: Json): Finding[] {
	const findings: Finding[] = [];
	const report: Report = (rule, severity, at, message) => findings.push({ rule, severity, at, message });
	const places = operationsOf(document);
	checkHead(document, places, report);
	checkExtensions(document, report);
	for (const place of places) {
		checkOperation(document, place, report);
		checkResponses(document, place, report);
		for (const [index, parameter] of parametersOf(place).entries()) checkParameter(parameter, `${place.at}${pointer('parameters', index)}`, report);
		if (isTrigger(place)) checkTrigger(document, places, place, report);
	}
	checkUnique(places, report);
	checkInternal(document, places, report);
	checkImportance(places, report);
	checkDynamic(document, places, report);
	checkSchemas(document, report);
	return findings;
}

const PRODUCTS = /\b(copilot studio|power (apps|automate|bi|platform|pages))\b/i;
const CATEGORIES = new Set([
	'AI',
	'Business Management',
	'Business Intelligence',
	'Collaboration',
	'Commerce',
	'Communication',
	'Content and Files',
	'Finance',
	'Human Resources',
	'Internet of Things',
	'IT Operations',
	'Lifestyle and Entertainment',
	'Marketing',
	'Productivity',
	'Sales and CRM',
	'Security',
	'Data',
	'Website',
]);

function checkHead(document: Json, places: Place[], report: Report): void {
	const info = objectOf(document['info']);
	const title = textOf(info['title']);
	const description = textOf(info['description']);
	const contact = objectOf(info['contact']);
	if (document['swagger'] !== '2.0') report('DEF01', 'E', '/swagger', 'The format is not Swagger 2.0.');
	if (title.length < 1 || title.length > 30) report('DEF02', 'E', '/info/title', 'The title must have 1 to 30 characters.');
	if (/\b(api|connector)\b/i.test(title) || PRODUCTS.test(title))
		report('DEF03', 'E', '/info/title', 'The title must not say API, Connector or the name of a Microsoft product.');
	if (!/[A-Za-z0-9)]$/.test(title)) report('DEF04', 'E', '/info/title', 'The title must end with a letter, a digit or a bracket.');
	if (description.length < 30 || description.length > 500) report('DEF05', 'E', '/info/description', 'The description must have 30 to 500 characters.');
	if (/\bapi\b/i.test(description) || PRODUCTS.test(description))
		report('DEF05', 'E', '/info/description', 'The description must not say API or the name of a Microsoft product.');
	if (!textOf(contact['name']) || !textOf(contact['url']).startsWith('https://') || !textOf(contact['email']).includes('@'))
		report('DEF06', 'E', '/info/contact', 'The contact needs a name, an https address and an e-mail address.');
	const host = textOf(document['host']);
	if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) || /localhost|staging|ngrok|\b(dev|test)\b|^\d+(\.\d+){3}$/.test(host))
		report('DEF07', 'E', '/host', 'The host must be a production host name.');
	if (!textOf(document['basePath']).startsWith('/')) report('DEF07', 'E', '/basePath', 'The base path must begin with a slash.');
	if (JSON.stringify(document['schemes']) !== '["https"]') report('DEF08', 'E', '/schemes', 'The only scheme must be https.');
	checkMetadata(document, report);
	checkTestConnection(document, places, report);
	for (const name of Object.keys(objectOf(document['definitions'])))
		if (/^(security|parameters|responses|paths)$/i.test(name))
			report('DEF11', 'E', pointer('definitions', name), 'A definition must not be named like a keyword.');
	for (const { at, value } of everyObject(document)) {
		const reference = value['$ref'];
		if (typeof reference === 'string' && (!reference.startsWith('#/') || valueAt(document, reference) === undefined))
			report('DEF01', 'E', at, 'The reference leads nowhere in this file.');
	}
}

function checkMetadata(document: Json, report: Report): void {
	const entries = listOf(document['x-ms-connector-metadata']).map(objectOf);
	const names = entries.map((entry) => entry['propertyName']);
	if (JSON.stringify(names) !== '["Website","Privacy policy","Categories"]')
		report('DEF09', 'E', '/x-ms-connector-metadata', 'The metadata must be Website, Privacy policy and Categories.');
	const values = entries.map((entry) => textOf(entry['propertyValue']));
	if (!values.every((value) => value !== '') || !values[2]?.split(';').every((category) => CATEGORIES.has(category)))
		report('DEF09', 'E', '/x-ms-connector-metadata', 'A value is empty or a category is not on the list.');
}

function checkTestConnection(document: Json, places: Place[], report: Report): void {
	const test = objectOf(objectOf(document['x-ms-capabilities'])['testConnection']);
	const target = places.find((place) => idOf(place) === test['operationId']);
	const given = Object.keys(objectOf(test['parameters']));
	if (
		target?.method !== 'get' ||
		parametersOf(target).some((parameter) => parameter['required'] === true && parameter['default'] === undefined && !given.includes(textOf(parameter['name'])))
	)
		report('DEF13', 'W', '/x-ms-capabilities/testConnection', 'The test must name a GET operation that needs nothing from the maker.');
}

const KNOWN_EXTENSIONS = new Set(
	`capabilities connector-metadata summary visibility url-encoding dynamic-values dynamic-list dynamic-schema dynamic-properties dynamic-tree trigger trigger-hint trigger-metadata
	notification-content notification-url notification api-annotation operation-context enum-values pageable safe-operation no-generic-test test-value require-user-confirmation
	openai-data openai-manifest keywords name-for-model description-for-model media-kind deployment-version trigger-value`
		.split(/\s+/)
		.map((name) => `x-ms-${name}`),
);

function checkExtensions(document: Json, report: Report): void {
	for (const { at, value } of everyObject(document))
		for (const key of Object.keys(value))
			if (key.startsWith('x-ms-') && !KNOWN_EXTENSIONS.has(key)) report('DEF11', 'E', `${at}${pointer(key)}`, 'The extension is unknown; is it misspelt?');
	for (const { at, value } of everyObject(document)) {
		const visibility = value['x-ms-visibility'];
		if (visibility !== undefined && !['important', 'advanced', 'internal'].includes(textOf(visibility)))
			report('DEF11', 'E', `${at}/x-ms-visibility`, 'The visibility must be important, advanced or internal.');
	}
}

function checkUnique(places: Place[], report: Report): void {
	const seen = new Set<string>();
	for (const place of places) {
		if (seen.has(idOf(place))) report('OPR01', 'E', `${place.at}/operationId`, 'The operationId is used twice.');
		seen.add(idOf(place));
	}
}

function checkOperation(document: Json, place: Place, report: Report): void {
	const { operation, method, at } = place;
	const summary = textOf(operation['summary']);
	const description = textOf(operation['description']);
	const bare = (text: string) => text.toLowerCase().replace(/\.$/, '');
	if (!/^[A-Z][A-Za-z0-9]*$/.test(idOf(place))) report('OPR02', 'E', `${at}/operationId`, 'The operationId must be in PascalCase.');
	if (summary === '' || summary.length > 80 || summary.includes('/') || !/[A-Za-z0-9)]$/.test(summary))
		report('OPR03', 'E', `${at}/summary`, 'The summary must have 1 to 80 characters, no slash, and end with a letter, a digit or a bracket.');
	if (!isSentence(description) || /https?:|www\./.test(description))
		report('OPR04', 'E', `${at}/description`, 'The description must be a full sentence without an address.');
	if (bare(description) === bare(summary)) report('OPR05', 'E', `${at}/description`, 'The description repeats the summary.');
	if (!isSentenceCase(summary) || (isTrigger(place) && !summary.startsWith('When ')))
		report('OPR06', 'W', `${at}/summary`, 'The summary must be in sentence case, and a trigger\'s begin with "When".');
	if (method === 'get' && !isTrigger(place) && !(answersList(document, place) ? /^List / : /^Get /).test(summary))
		report('OPR06', 'W', `${at}/summary`, 'A reading operation is called "List …" for many and "Get …" for one.');
	if (method === 'get' || method === 'delete')
		if (parametersOf(place).some((parameter) => parameter['in'] === 'body' || parameter['in'] === 'formData'))
			report('OPR11', 'E', `${at}/parameters`, 'GET and DELETE have no body.');
	if (operation['deprecated'] === true && (!/\(deprecated\)/i.test(summary) || !isObject(objectOf(operation['x-ms-api-annotation'])['replacement'])))
		report('OPR14', 'W', at, 'A deprecated operation says so in its summary and names its replacement.');
}

/** Whether an answer is nothing but a list: an array, or an object whose only property is one. */
function answersList(document: Json, place: Place): boolean {
	const schema =
		responsesOf(place)
			.map(([, response]) => resolve(document, response['schema']))
			.find((found) => Object.keys(found).length > 0) ?? {};
	const properties = Object.values(objectOf(schema['properties'])).map(objectOf);
	return schema['type'] === 'array' || (properties.length === 1 && properties[0]?.['type'] === 'array');
}

function checkResponses(document: Json, place: Place, report: Report): void {
	const responses = responsesOf(place);
	const success = responses.filter(([code]) => /^2\d\d$/.test(code));
	if (success.length === 0) report('OPR07', 'E', `${place.at}/responses`, 'No answer of success is declared.');
	if (success.filter(([, response]) => response['schema'] !== undefined).length > 1)
		report('OPR08', 'E', `${place.at}/responses`, 'Two answers of success have a schema.');
	for (const [code, response] of responses) {
		const where = `${place.at}${pointer('responses', code)}`;
		if (!/^2\d\d$/.test(code) && response['schema'] !== undefined) report('OPR08', 'E', where, 'Only an answer of success may have a schema.');
		if (!/[A-Za-z]{3}/.test(textOf(response['description']).replace(/^(ok|created|accepted|default|success)\.?$/i, '')))
			report('OPR10', 'E', `${where}/description`, 'The description must be words, not the code.');
		if (/^2\d\d$/.test(code) && code !== '204' && code !== '202' && !isComplete(document, response['schema']))
			report('OPR09', 'E', where, 'The answer has no complete schema.');
	}
}

function isComplete(document: Json, schema: unknown): boolean {
	const value = resolve(document, schema);
	if (value['type'] === 'array') return isObject(value['items']) && isComplete(document, value['items']);
	if (value['type'] === 'object') {
		const properties = Object.values(objectOf(value['properties']));
		return properties.length > 0 && properties.every((property) => isComplete(document, property));
	}
	return typeof value['type'] === 'string';
}

/** What the designer and the platform call is hidden, and nothing else is. */
function checkInternal(document: Json, places: Place[], report: Report): void {
	const called = new Set<unknown>([objectOf(objectOf(document['x-ms-capabilities'])['testConnection'])['operationId']]);
	for (const { value } of everyObject(document))
		for (const key of ['x-ms-dynamic-values', 'x-ms-dynamic-list', 'x-ms-dynamic-schema', 'x-ms-dynamic-properties'])
			if (isObject(value[key])) called.add(objectOf(value[key])['operationId']);
	for (const place of places) {
		const helper = called.has(idOf(place)) || (place.method === 'delete' && /subscription|hook/i.test(place.path));
		if (helper === isPublic(place))
			report(
				'OPR12',
				'W',
				`${place.at}/x-ms-visibility`,
				helper ? 'An operation that only the platform calls must be internal.' : 'An internal operation is called by nothing.',
			);
	}
}

/** Triggers and actions are offered in two lists; each leads with a handful. */
function checkImportance(places: Place[], report: Report): void {
	for (const triggers of [true, false]) {
		const shown = places.filter((place) => isPublic(place) && isTrigger(place) === triggers);
		const important = shown.filter((place) => visibilityOf(place.operation) === 'important').length;
		if (shown.length > 0 && (important < 1 || important > 5))
			report('OPR13', 'W', '/paths', `1 to 5 ${triggers ? 'triggers' : 'actions'} should be important; ${important} are.`);
	}
}

function checkParameter(parameter: Json, at: string, report: Report): void {
	const name = textOf(parameter['name']);
	if (!isSentence(textOf(parameter['description']))) report('PRM01', 'E', `${at}/description`, 'The parameter needs a description that is a full sentence.');
	if (parameter['in'] !== 'body' && !isTitleCase(textOf(parameter['x-ms-summary'])))
		report('PRM02', 'E', `${at}/x-ms-summary`, 'The parameter needs an x-ms-summary in Title Case.');
	if (parameter['required'] === true && visibilityOf(parameter) === 'internal' && parameter['default'] === undefined)
		report('PRM03', 'E', at, 'A required internal parameter needs a default.');
	if (parameter['in'] === 'path' && (parameter['required'] !== true || !['single', 'double'].includes(textOf(parameter['x-ms-url-encoding']))))
		report('PRM04', 'E', at, 'A path parameter must be required and say its x-ms-url-encoding.');
	if (/^connectionid$/i.test(name) || (parameter['in'] === 'header' && /^authorization$/i.test(name)))
		report('PRM05', 'E', `${at}/name`, 'The name belongs to the platform.');
	checkEnum(parameter, at, report);
	if (parameter['in'] !== 'body') checkFormat(name, parameter, at, report);
}

function checkEnum(schema: Json, at: string, report: Report): void {
	if (schema['enum'] === undefined || schema['x-ms-dynamic-list'] !== undefined) return;
	const shown = listOf(schema['x-ms-enum-values']).map(objectOf);
	if (JSON.stringify(shown.map((entry) => entry['value'])) !== JSON.stringify(schema['enum']) || !shown.every((entry) => textOf(entry['displayName']) !== ''))
		report('PRM06', 'W', at, 'A closed list needs x-ms-enum-values for each of its values.');
}

const PAIRS = [
	['x-ms-dynamic-values', 'x-ms-dynamic-list'],
	['x-ms-dynamic-schema', 'x-ms-dynamic-properties'],
] as const;

function checkDynamic(document: Json, places: Place[], report: Report): void {
	for (const { at, value } of everyObject(document)) {
		for (const [older, newer] of PAIRS) {
			if ((value[older] === undefined) !== (value[newer] === undefined)) report('PRM07', 'E', at, `${older} and ${newer} must stand together.`);
			for (const key of [older, newer]) if (isObject(value[key])) checkCall(document, places, value[key], key, `${at}${pointer(key)}`, report);
		}
	}
}

function checkCall(document: Json, places: Place[], call: Json, key: string, at: string, report: Report): void {
	const target = places.find((place) => idOf(place) === call['operationId']);
	if (!target) {
		report('PRM07', 'E', `${at}/operationId`, 'The operation does not exist.');
		return;
	}
	const names = parametersOf(target).map((parameter) => textOf(parameter['name']));
	const given = Object.keys(objectOf(call['parameters']));
	if (!given.every((name) => names.includes(name))) report('PRM07', 'E', `${at}/parameters`, 'A parameter does not exist in the operation that is called.');
	if (parametersOf(target).some((parameter) => parameter['required'] === true && !given.includes(textOf(parameter['name']))))
		report('PRM07', 'E', `${at}/parameters`, 'A required parameter of the operation is not given.');
	if (key !== 'x-ms-dynamic-values' && key !== 'x-ms-dynamic-list') return;
	const [listPath, ...itemPaths] =
		key === 'x-ms-dynamic-values' ? ['value-collection', 'value-path', 'value-title'] : ['itemsPath', 'itemValuePath', 'itemTitlePath'];
	const answer = responsesOf(target).find(([code]) => code === '200')?.[1]['schema'];
	const found = follow(document, answer, textOf(call[listPath ?? '']));
	const item = resolve(document, found['items']);
	if (found['type'] !== 'array' || !itemPaths.every((path) => textOf(call[path]) !== '' && Object.keys(follow(document, item, textOf(call[path]))).length > 0))
		report('PRM07', 'E', at, 'A path leads nowhere in the answer of the operation.');
}

const follow = (document: Json, schema: unknown, path: string): Json =>
	path
		.split('/')
		.filter(Boolean)
		.reduce<Json>((value, part) => resolve(document, objectOf(value['properties'])[part]), resolve(document, schema));

const FORMATS: Record<string, readonly string[]> = {
	string: ['date-time', 'date', 'email', 'uri', 'uuid', 'date-no-tz', 'password', 'binary', 'byte'],
	number: ['double', 'float'],
	integer: ['int32', 'int64'],
};

function checkFormat(name: string, schema: Json, at: string, report: Report): void {
	const type = textOf(schema['type']);
	const format = schema['format'];
	if ((type === 'number' || type === 'integer') && format === undefined) report('SCH02', 'W', at, 'A number needs a format.');
	if (format !== undefined && !FORMATS[type]?.includes(textOf(format))) report('SCH02', 'W', `${at}/format`, 'The format is unknown for this type.');
	if (/_url$/.test(name) && format !== 'uri') report('SCH02', 'W', at, 'An address needs the format uri.');
}

function checkSchemas(document: Json, report: Report): void {
	for (const { at, schema, use } of schemasOf(document)) {
		checkRequired(schema, at, report);
		for (const property of propertiesOf(schema, at)) checkProperty(property.name, property.schema, property.at, use, report);
	}
}

function checkProperty(name: string, schema: Json, at: string, use: 'input' | 'output', report: Report): void {
	if (schema['$ref'] !== undefined) return;
	const title = textOf(schema['x-ms-summary'] ?? schema['title']);
	const description = textOf(schema['description']);
	if (typeof schema['type'] !== 'string') report('SCH01', 'E', at, 'The property needs a type.');
	if (!isTitleCase(title)) report('SCH01', 'E', at, 'The property needs a title in Title Case.');
	if (!isSentence(description)) report('SCH01', 'E', `${at}/description`, 'The property needs a description that is a full sentence.');
	if (schema['type'] === 'array' && !isObject(schema['items'])) report('SCH01', 'E', at, 'The array does not say what it holds.');
	checkFormat(name, schema, at, report);
	checkEnum(schema, at, report);
	checkRequired(schema, at, report);
	if (isObject(schema['items'])) checkRequired(schema['items'], `${at}/items`, report);
	if (use === 'output' && schema['default'] !== undefined) report('SCH03', 'W', `${at}/default`, 'An answer has no defaults.');
	if (use === 'input' && /\bat most \d/.test(description) && !['maximum', 'maxLength', 'maxItems'].some((limit) => schema[limit] !== undefined))
		report('SCH03', 'W', at, 'A limit is described but not declared.');
}

function checkRequired(schema: Json, at: string, report: Report): void {
	const properties = objectOf(schema['properties']);
	for (const name of listOf(schema['required'])) {
		const property = properties[String(name)];
		if (!isObject(property)) report('SCH04', 'E', `${at}/required`, 'A required property does not exist.');
		else if (visibilityOf(property) === 'internal' && property['default'] === undefined && property['x-ms-notification-url'] !== true)
			report('SCH04', 'E', `${at}${pointer('properties', String(name))}`, 'A required internal property needs a default.');
	}
}

function checkTrigger(document: Json, places: Place[], place: Place, report: Report): void {
	const { operation, at } = place;
	const kind = operation['x-ms-trigger'];
	if (kind !== 'single' && kind !== 'batch') report('TRG01', 'E', `${at}/x-ms-trigger`, 'A trigger is single or batch.');
	const success = responsesOf(place).find(([code, response]) => /^2/.test(code) && response['schema'] !== undefined)?.[1] ?? {};
	const delivered = resolve(document, isWebhook(place) ? objectOf(place.item['x-ms-notification-content'])['schema'] : success['schema']);
	const lists =
		delivered['type'] === 'array'
			? [delivered]
			: Object.values(objectOf(delivered['properties']))
					.map(objectOf)
					.filter((property) => property['type'] === 'array');
	if (kind === 'batch' && lists.length === 0) report('TRG01', 'E', at, 'A batch trigger delivers an array.');
	if (textOf(operation['x-ms-trigger-hint']) === '') report('TRG06', 'W', at, 'The trigger does not say how to make it fire.');
	if (isWebhook(place) || place.method !== 'get') checkWebhook(document, places, place, report);
	else checkPolling(place, report);
}

function checkWebhook(document: Json, places: Place[], place: Place, report: Report): void {
	const { at, item, method } = place;
	const body = parametersOf(place).find((parameter) => parameter['in'] === 'body');
	const schema = resolve(document, body?.['schema']);
	const callbacks = propertiesOf(schema, '').filter((property) => property.schema['x-ms-notification-url'] === true);
	const [callback] = callbacks;
	if (
		method !== 'post' ||
		callbacks.length !== 1 ||
		!callback ||
		visibilityOf(callback.schema) !== 'internal' ||
		!listOf(callback.owner['required']).includes(callback.name)
	)
		report('TRG02', 'E', at, 'A webhook trigger is a POST with exactly one callback address, internal and required.');
	if (!isComplete(document, objectOf(item['x-ms-notification-content'])['schema']))
		report('TRG03', 'E', at, 'The path needs x-ms-notification-content with a complete schema.');
	const location = objectOf(objectOf(objectOf(objectOf(place.operation['responses'])['201'])['headers'])['Location']);
	if (!isSentence(textOf(location['description'])) || location['type'] !== 'string')
		report('TRG04', 'E', `${at}/responses`, '201 must be declared with a documented Location.');
	const parent = place.path.split('/').slice(0, -1).join('/');
	if (!places.some((other) => other.method === 'delete' && !isPublic(other) && other.path.startsWith(`${parent}/{`)))
		report('TRG05', 'E', at, 'An internal DELETE must match the Location.');
}

function checkPolling(place: Place, report: Report): void {
	const codes = responsesOf(place).map(([code]) => code);
	const hasState = parametersOf(place).some((parameter) => parameter['in'] === 'query' && visibilityOf(parameter) === 'internal');
	if (!hasState || !isObject(place.operation['x-ms-trigger-metadata']) || !codes.includes('200') || !codes.includes('202'))
		report('TRG07', 'W', place.at, 'A polling trigger has an internal state parameter, trigger metadata and the answers 200 and 202.');
}
