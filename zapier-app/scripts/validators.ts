/** JSON Schema → JavaScript, at build time. Compiling inside Zapier would cost more than the whole app takes to load. */
import { _, Ajv, type CodeOptions, type KeywordCxt } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import addFormats from 'ajv-formats';
import { hasAtMostDecimals } from '../../shared/contracts/field-errors.ts';

/**
 * The source of a module whose default export validates the schema. It may `require` two small files of ajv (lengths
 * of text, formats) that esbuild takes in.
 */
export function validatorSource(schema: object): string {
	const code: CodeOptions = { source: true, esm: true };
	const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: false, code });
	addFormats.default(ajv, ['date', 'date-time', 'email', 'uri', 'uuid']);
	for (const keyword of ['patientData', 'options', 'labels', 'visibility', 'freeText']) ajv.addKeyword({ keyword });
	ajv.addKeyword({
		keyword: 'multipleOfPrecision',
		type: 'number',
		schemaType: 'number',
		error: { message: 'has too many decimals' },
		code: (context: KeywordCxt) => {
			// Generated code can not close over a function, so its source goes along.
			const check = context.gen.scopeValue('func', { ref: hasAtMostDecimals, code: decimalsSource() });
			context.fail(_`!${check}(${context.data}, ${context.schema})`);
		},
	});
	return standalone.default(ajv, ajv.compile(schema));
}

const decimalsSource = () => new SourceCode(`(${hasAtMostDecimals.toString()})`);

/** A piece of code that is already code: ajv's own class for it takes no text of somebody else. */
const SourceCode = _`1`.constructor as new (code: string) => ReturnType<typeof _>;
