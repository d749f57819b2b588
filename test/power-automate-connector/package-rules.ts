/** The rules on the files beside the Swagger file: its text, apiProperties.json, the icon and the documents. */
import { inflateSync } from 'node:zlib';
import { type Finding, idOf, isObject, isPublic, type Json, listOf, objectOf, operationsOf, pointer, type Report, textOf } from './document.ts';

const collect = (check: (report: Report) => void): Finding[] => {
	const findings: Finding[] = [];
	check((rule, severity, at, message) => findings.push({ rule, severity, at, message }));
	return findings;
};

const KEY_ORDER = [
	'swagger',
	'info',
	'host',
	'basePath',
	'schemes',
	'consumes',
	'produces',
	'paths',
	'definitions',
	'parameters',
	'responses',
	'securityDefinitions',
	'security',
	'tags',
];

/** A solution refuses a longer definition (PowerPlatformConnectors, issue 3567), long before the megabyte of certification. It carries the definition without indentation. */
const SOLUTION_LIMIT = 500_000;

/** The Swagger file as bytes: size, strict JSON, indentation, order of keys. */
export const checkText = (bytes: Buffer): Finding[] =>
	collect((report) => {
		const text = bytes.toString('utf8');
		let document: unknown;
		try {
			document = JSON.parse(text);
		} catch {
			return report('DEF14', 'E', '', 'The file is not strict JSON.');
		}
		if (bytes.length > 1024 * 1024 || !Buffer.from(text).equals(bytes)) report('DEF14', 'E', '', 'The file must be UTF-8 and at most 1 MB.');
		if (JSON.stringify(document).length > SOLUTION_LIMIT) report('DEF14', 'W', '', 'The file is too long for a solution.');
		const keys = Object.keys(objectOf(document)).filter((key) => KEY_ORDER.includes(key));
		if (JSON.stringify(keys) !== JSON.stringify(KEY_ORDER.filter((key) => keys.includes(key))))
			report('DEF10', 'W', '', 'The keys do not stand in the usual order.');
		if (text.includes('\t') || /[ \t]\n/.test(text) || !text.startsWith('{\n    "'))
			report('DEF10', 'W', '', 'The file is indented by four spaces, without tabs and trailing spaces.');
	});

const POLICIES: Record<string, string[]> = {
	dynamichosturl: ['x-ms-apimTemplateParameter.urlTemplate'],
	setheader: [
		'x-ms-apimTemplateParameter.name',
		'x-ms-apimTemplateParameter.value',
		'x-ms-apimTemplateParameter.existsAction',
		'x-ms-apimTemplate-policySection',
	],
	setqueryparameter: ['x-ms-apimTemplateParameter.name', 'x-ms-apimTemplateParameter.value', 'x-ms-apimTemplateParameter.existsAction'],
	routerequesttoendpoint: ['x-ms-apimTemplateParameter.newPath'],
	updatenextlink: ['x-ms-apimTemplateParameter.nextLinkPropertyName'],
	pollingtrigger: ['x-ms-apimTemplateParameter.triggerConfig', 'x-ms-apimTemplateParameter.triggerDataPath'],
};

export const checkProperties = (file: Json, swagger: Json, hasScript = false): Finding[] =>
	collect((report) => {
		const properties = objectOf(file['properties']);
		const parameters = objectOf(properties['connectionParameters']);
		if (!/^#[0-9a-f]{6}$/i.test(textOf(properties['iconBrandColor'])) || /^#(007ee5|ffffff)$/i.test(textOf(properties['iconBrandColor'])))
			report('PRP01', 'E', '/properties/iconBrandColor', 'The colour must be #rrggbb, neither the default blue nor white.');
		if (textOf(properties['publisher']) === '' || textOf(properties['stackOwner']) === '')
			report('PRP02', 'E', '/properties', 'Publisher and stackOwner are missing.');
		for (const [name, value] of Object.entries(parameters))
			checkConnectionParameter(objectOf(value), pointer('properties', 'connectionParameters', name), report);
		const ids = new Set(operationsOf(swagger).map(idOf));
		for (const [index, policy] of listOf(properties['policyTemplateInstances']).entries())
			checkPolicy(objectOf(policy), Object.keys(parameters), ids, pointer('properties', 'policyTemplateInstances', index), report);
		const scripted = listOf(properties['scriptOperations']);
		if (!scripted.every((id) => ids.has(String(id)))) report('PRP04', 'E', '/properties/scriptOperations', 'A scripted operation does not exist.');
		if (hasScript !== scripted.length > 0) report('PRP06', 'E', '/properties/scriptOperations', 'script.csx and scriptOperations go together.');
		checkSecurity(swagger, parameters, report);
	});

function checkConnectionParameter(parameter: Json, at: string, report: Report): void {
	const form = objectOf(parameter['uiDefinition']);
	const constraints = objectOf(form['constraints']);
	if (
		![form['displayName'], form['description'], form['tooltip']].every((text) => textOf(text) !== '') ||
		!['true', 'false'].includes(constraints['required'] as string)
	)
		report('PRP03', 'E', at, 'A connection parameter needs displayName, description, tooltip, and "required" as text.');
	if (
		parameter['type'] === 'securestring'
			? constraints['clearText'] !== false
			: /key|secret|password|token/i.test(at.split('/').at(-1) ?? '') && parameter['type'] === 'string'
	)
		report('PRP03', 'E', at, 'A secret must be a securestring that is not shown.');
	if (parameter['type'] !== 'oauthSetting') return;
	const oauth = objectOf(parameter['oAuthSettings']);
	if (oauth['redirectMode'] !== 'GlobalPerConnector' || oauth['clientSecret'] !== undefined)
		report('PRP05', 'E', at, 'OAuth needs the redirect mode GlobalPerConnector, and no secret in the file.');
}

function checkPolicy(policy: Json, parameters: string[], ids: Set<string>, at: string, report: Report): void {
	const needed = POLICIES[textOf(policy['templateId'])];
	if (!needed) {
		report('PRP04', 'E', `${at}/templateId`, 'The policy template is unknown.');
		return;
	}
	const given = objectOf(policy['parameters']);
	if (!needed.every((name) => given[name] !== undefined)) report('PRP04', 'E', `${at}/parameters`, 'A parameter of the policy is missing.');
	if (!listOf(given['x-ms-apimTemplate-operationName']).every((id) => ids.has(String(id))))
		report('PRP04', 'E', `${at}/parameters`, 'The policy names an operation that does not exist.');
	for (const [, name = ''] of JSON.stringify(given).matchAll(/@connectionParameters\('([^']*)'/g))
		if (!parameters.includes(name)) report('PRP04', 'E', `${at}/parameters`, 'The policy reads a connection parameter that does not exist.');
}

/** Security definition and connection parameter have one name and fitting kinds: that is how the platform joins them. */
function checkSecurity(swagger: Json, parameters: Json, report: Report): void {
	const fits: Record<string, string> = { apiKey: 'securestring', oauth2: 'oauthSetting' };
	const definitions = Object.entries(objectOf(swagger['securityDefinitions']));
	const used = listOf(swagger['security']).flatMap((entry) => Object.keys(objectOf(entry)));
	if (definitions.length === 0 || used.length === 0 || !used.every((name) => definitions.some(([defined]) => defined === name)))
		report('DEF12', 'E', '/security', 'Security must refer to a definition.');
	for (const [name, definition] of definitions)
		if (objectOf(parameters[name])['type'] !== fits[textOf(objectOf(definition)['type'])])
			report('DEF12', 'E', pointer('securityDefinitions', name), 'No connection parameter of this name and kind exists.');
}

/** PNG specification: signature, IHDR, and the first pixel, whose bytes no filter changes. */
export const checkIcon = (png: Buffer, brandColor: string): Finding[] =>
	collect((report) => {
		if (!png.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return report('ICO01', 'E', 'icon.png', 'The icon is not a PNG file.');
		const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
		if (width !== height || width < 100 || width > 230 || png.length > 1024 * 1024)
			report('ICO01', 'E', 'icon.png', 'The icon must be square, 100 to 230 pixels, at most 1 MB.');
		if (png[24] !== 8 || png[25] !== 2) return report('ICO01', 'E', 'icon.png', 'The icon must be opaque, 8 bits a channel.');
		const corner = `#${inflateSync(pixelData(png)).subarray(1, 4).toString('hex')}`;
		if (corner !== brandColor.toLowerCase() || corner === '#ffffff') report('ICO01', 'E', 'icon.png', 'The background must be the brand colour and not white.');
	});

function pixelData(png: Buffer): Buffer {
	const parts: Buffer[] = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
		if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	return Buffer.concat(parts);
}

const HEADINGS = [
	/^# \S/m,
	/^## Publisher: \S/m,
	/^## Prerequisites$/m,
	/^## Supported Operations$/m,
	/^## Obtaining Credentials$/m,
	/^## Known Issues and Limitations$/m,
	/^## Deployment Instructions$/m,
];

export const checkReadme = (readme: string, swagger: Json): Finding[] =>
	collect((report) => {
		for (const heading of HEADINGS) if (!heading.test(readme)) report('DOC01', 'E', 'readme.md', `The heading ${heading.source} is missing.`);
		const section = readme.split(/^## /m).find((part) => part.startsWith('Supported Operations')) ?? '';
		const named = new Set([...section.matchAll(/^### (.+)$/gm)].map((match) => match[1]));
		for (const place of operationsOf(swagger))
			if (isPublic(place) && !named.has(textOf(place.operation['summary'])))
				report('DOC01', 'E', 'readme.md', `"${textOf(place.operation['summary'])}" is not described.`);
	});

const SECRETS = [
	/\b(live|test|operator)_\w+_[\w-]{20,}/,
	/\bsk_live_\w+/,
	/-----BEGIN [A-Z ]*PRIVATE KEY-----/,
	/\bAKIA[0-9A-Z]{16}\b/,
	/\bxox[bp]-\w+/,
	/\bBearer [\w.~+/-]{20,}/,
	/[?&]sig=[\w%-]{10,}/,
	/AccountKey=/,
];

export const checkSecrets = (name: string, text: string): Finding[] =>
	collect((report) => {
		for (const secret of SECRETS) if (secret.test(text)) report('DOC02', 'E', name, 'The file seems to hold a secret.');
		if (/[^\x00-\x7f]/.test(text)) report('DOC02', 'E', name, 'The file must be in English, in plain characters.');
	});

/** What a later release may not do to an earlier one (CHG01). Removed or narrowed things break flows that run. */
export const checkChange = (before: Json, after: Json): Finding[] =>
	collect((report) => {
		const now = new Map(operationsOf(after).map((place) => [idOf(place), place]));
		for (const old of operationsOf(before)) {
			const place = now.get(idOf(old));
			if (!place || place.path !== old.path || place.method !== old.method) report('CHG01', 'E', old.at, 'The operation is gone or has moved.');
			else if (!isPublic(place) && isPublic(old)) report('CHG01', 'E', old.at, 'The operation became internal.');
		}
		compare(withoutRefs(before), withoutRefs(after), '', report);
	});

const withoutRefs = (swagger: Json): Json => ({ paths: swagger['paths'], definitions: swagger['definitions'] });

function compare(before: unknown, after: unknown, at: string, report: Report): void {
	if (Array.isArray(before) || !isObject(before)) return;
	const later = objectOf(after);
	for (const key of Object.keys(objectOf(before['properties'])))
		if (!isObject(objectOf(later['properties'])[key])) report('CHG01', 'E', `${at}${pointer('properties', key)}`, 'The property is gone.');
	for (const key of ['type', 'format'] as const)
		if (typeof before[key] === 'string' && isObject(after) && later[key] !== before[key]) report('CHG01', 'E', `${at}/${key}`, 'The type or format changed.');
	if (!listOf(before['enum']).every((value) => listOf(later['enum']).includes(value)) && later['enum'] !== undefined)
		report('CHG01', 'E', `${at}/enum`, 'A value is gone.');
	for (const name of listOf(later['required']))
		if (!listOf(before['required']).includes(name) && objectOf(objectOf(later['properties'])[String(name)])['default'] === undefined)
			report('CHG01', 'E', `${at}/required`, 'Something became required.');
	compareParameters(before, later, at, report);
	for (const [key, value] of Object.entries(before)) if (key !== 'example') compare(value, later[key], `${at}${pointer(key)}`, report);
}

function compareParameters(before: Json, after: Json, at: string, report: Report): void {
	if (!Array.isArray(before['parameters']) || !Array.isArray(after['parameters'])) return;
	const named = new Map(after['parameters'].map((parameter) => [objectOf(parameter)['name'], objectOf(parameter)]));
	for (const parameter of before['parameters'].map(objectOf)) {
		const where = `${at}${pointer('parameters', textOf(parameter['name']))}`;
		const later = named.get(parameter['name']);
		if (!later) report('CHG01', 'E', where, 'The parameter is gone.');
		else compare(parameter, later, where, report);
		named.delete(parameter['name']);
	}
	for (const [name, parameter] of named)
		if (parameter['required'] === true && parameter['default'] === undefined)
			report('CHG01', 'E', `${at}${pointer('parameters', String(name))}`, 'A new parameter is required.');
}
