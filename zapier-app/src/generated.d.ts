/** What scripts/bundle.ts makes of the catalogue when it bundles: JSON and precompiled code, no TypeBox, no ajv. */
declare module 'dunwell:generated' {
	export const definition: import('./definition.ts').Definition;
	export const pure: Record<string, import('./app.ts').PureOperation>;
	export const version: string;
}
