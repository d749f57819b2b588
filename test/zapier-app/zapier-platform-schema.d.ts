declare module 'zapier-platform-schema' {
	const schema: { validateAppDefinition(definition: object): { errors: { property: string; message: string }[] } };
	export default schema;
}
