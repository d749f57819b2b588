/**
 * A claim number as practices make it: `10023-5001` is account 10023, invoice 5001. The first dash divides, since
 * invoice numbers have dashes more often; without one it is the account alone.
 */
export function splitClaimNumber(number: string): { account: string; invoice?: string } {
	const dash = number.indexOf('-');
	const account = number.slice(0, dash).trim();
	const invoice = number.slice(dash + 1).trim();
	return dash === -1 || account === '' || invoice === '' ? { account: number } : { account, invoice };
}
