declare module 'zapier-platform-schema' {
	const schema: { validateAppDefinition(definition: object): { errors: { property: string; message: string }[] } };
	export default schema;
}

declare module 'adm-zip' {
	export default class AdmZip {
		constructor(path: string);
		getEntries(): { entryName: string }[];
		extractAllTo(folder: string): void;
	}
}
