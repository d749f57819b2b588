import { createHash } from 'node:crypto';
import type { VendorRequest } from '../contracts/provider.ts';

/** A field's name and its value, in the order of the form. */
export type Field = readonly [name: string, value: string];

export interface FormFile {
	/** Of the field. */
	name: string;
	filename: string;
	type: string;
	bytes: Uint8Array;
}

/** RFC 7578. The boundary is made of the content, which can not contain its own hash, so that the same message is the same bytes. */
export function multipart(fields: readonly Field[], file?: FormFile): NonNullable<VendorRequest['body']> {
	const hash = createHash('sha256').update(JSON.stringify(fields));
	const boundary = `dunwell-${(file ? hash.update(file.bytes) : hash).digest('hex').slice(0, 40)}`;
	const head = (name: string, more = ''): string => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
	const parts = [
		...fields.map(([name, value]) => Buffer.from(`${head(name)}${value}\r\n`)),
		...(file ? [Buffer.from(head(file.name, `; filename="${file.filename}"\r\nContent-Type: ${file.type}`)), file.bytes, Buffer.from('\r\n')] : []),
		Buffer.from(`--${boundary}--\r\n`),
	];
	return { bytes: Buffer.concat(parts), type: `multipart/form-data; boundary=${boundary}` };
}
