/** What Google's interfaces have in common: the sign-in and the form of errors. */
import { Failure, type FailureKind } from '../contracts/failure.ts';
import type { VendorHttp, VendorResponse } from '../contracts/provider.ts';
import { object, optional, secret, text } from '../contracts/schema.ts';

export const googleAuth = object({
	client_id: optional(
		text(
			'OAuth client ID',
			'Under APIs & Services > Credentials of your Google Cloud project, of the type "Web application". Not needed where the operator has one.',
			{
				maxLength: 254,
			},
		),
	),
	client_secret: optional(secret('OAuth client secret', 'Beside the client ID in the Google Cloud console.')),
});

export const USERINFO = 'https://www.googleapis.com/auth/userinfo.email';

/** https://developers.google.com/identity/protocols/oauth2/web-server. Without `consent` a second sign-in brings no refresh token. */
export const googleOAuth = (scopes: readonly string[], optionalScopes: readonly string[] = []) => ({
	authorizationUrl: () => 'https://accounts.google.com/o/oauth2/v2/auth',
	tokenUrl: () => 'https://oauth2.googleapis.com/token',
	scopes,
	optionalScopes,
	parameters: { access_type: 'offline', prompt: 'consent' },
	clientAuth: 'post' as const,
});

/** Who is signed in. https://developers.google.com/identity/openid-connect/openid-connect#obtainuserinfo */
export async function signedInAs(http: VendorHttp): Promise<string> {
	const { email } = (await http.send({ method: 'GET', url: 'https://openidconnect.googleapis.com/v1/userinfo' })).json() as { email?: string };
	if (!email) throw new Failure('broken', 'Google did not say who is signed in. Sign in again.');
	return email;
}

/** https://developers.google.com/workspace/gmail/api/guides/handle-errors: a 403 may be a rate limit. Other reasons mean what their status means. */
const REASONS: Record<string, [kind: FailureKind, sentence: string, retryAfterSeconds?: number]> = {
	rateLimitExceeded: ['limited', 'receives too many requests at the moment. Wait and try again.'],
	userRateLimitExceeded: ['limited', 'receives too many requests of this account. Wait and try again.'],
	quotaExceeded: ['limited', 'has no quota left for this account. It comes back with time.', 3600],
	dailyLimitExceeded: ['limited', "has reached the account's limit of the day. It goes on tomorrow.", 3600],
	duplicate: ['conflict', 'has it already.'],
	insufficientPermissions: ['denied', 'was not allowed this when somebody signed in. Sign in again and leave everything ticked.'],
	domainPolicy: ['denied', "is closed to this app by the organisation's administrator. Ask them to allow it."],
	accessNotConfigured: ['denied', "has this interface turned off in the app's Google Cloud project. Turn it on there."],
};

export const reasonOf = ({ status, text: body }: VendorResponse): string | undefined => {
	if (status < 400) return undefined;
	try {
		const { error } = JSON.parse(body) as { error?: { errors?: { reason?: string }[] } };
		const reason = error?.errors?.[0]?.reason;
		return reason !== undefined && /^\w{1,60}$/.test(reason) ? reason : undefined;
	} catch {
		return undefined;
	}
};

export const googleFailure =
	(label: string) =>
	(response: VendorResponse): Failure | undefined => {
		const vendorCode = reasonOf(response);
		const known = vendorCode !== undefined && Object.hasOwn(REASONS, vendorCode) ? REASONS[vendorCode] : undefined;
		if (vendorCode === undefined || !known) return undefined;
		const [kind, sentence, retryAfterSeconds] = known;
		return new Failure(kind, `${label} ${sentence}`, { vendorCode, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
	};
