/** What the connector says of itself, beside its operations. */

export const ABOUT = {
	title: 'Dunwell Patient Balances',
	version: '1.0',
	description:
		'Tell patients kindly and lawfully about what they owe, and tell staff about failed payments, denied claims and balances that need work. Dunwell keeps the balances, decides whether and when a reminder may leave, and says why.',
	publisher: 'Dunwell',
	website: 'https://dunwell.example',
	privacyPolicy: 'https://dunwell.example/privacy',
	email: 'support@dunwell.example',
	/** Each connection names its practice's own host; this one stands in the file because the format demands one. */
	host: 'dunwell.example',
	categories: 'Finance;Communication',
	/** Not Microsoft's own blue and not white: both are refused in review. */
	brandColor: '#1f6f5c',
} as const;

/** The header that carries the key, and its name among the connection's parameters: the platform joins the two by the security definition's name. */
export const KEY_HEADER = 'X-API-Key';
export const KEY_PARAMETER = 'api_key';
export const HOST_PARAMETER = 'host';

/**
 * Every path begins here, and basePath is the root: the host of a connection replaces the host in the file, and
 * whether basePath survives that is documented nowhere. With `/` both readings give the same address.
 */
export const API_ROOT = '/api';

export const LIST_CHOICES = 'ListChoices';
export const TEST_CONNECTION = 'GetConnection';
export const UNSUBSCRIBE = 'DeleteSubscription';
