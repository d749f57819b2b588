/**
 * Addresses that practices and flows choose (callbacks, a generic system's URL) must be https and public:
 * the service must not become a way into the network it runs in.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Failure } from '../contracts/failure.ts';

const PRIVATE = new BlockList();
/** IANA special-purpose registries (RFC 6890 and updates): everything that is not one public host. */
for (const [net, bits] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.88.99.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3],
] as const)
	PRIVATE.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
	['::', 96],
	['64:ff9b::', 96],
	['64:ff9b:1::', 48],
	['100::', 64],
	['2001::', 23],
	['2001:db8::', 32],
	['2002::', 16],
	['fc00::', 7],
	['fe80::', 10],
	['fec0::', 10],
	['ff00::', 8],
] as const)
	PRIVATE.addSubnet(net, bits, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const within = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 in IPv6 clothing (::ffff:10.0.0.1) is checked as IPv4 by BlockList itself. */
export const isPublicAddress = (address: string): boolean => isIP(address) !== 0 && !within(PRIVATE, address);
const isLoopback = (host: string): boolean => host === 'localhost' || (isIP(host) !== 0 && within(LOOPBACK, host));

export interface AddressOptions {
	/** Development only: http and https to this machine are allowed too. */
	allowLoopback?: boolean;
}

/**
 * Checks what can be seen in the text of an address. Names are checked when they are resolved (publicLookup),
 * because a public name may point inside.
 * @throws Failure `invalid` when it is not an https URL of a public host
 */
export function requirePublicUrl(text: string, options: AddressOptions = {}): URL {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
	if (url && options.allowLoopback && isLoopback(host) && /^https?:$/.test(url.protocol)) return url;
	const named = isIP(host) === 0 && host.includes('.') && !/\.(local|localhost|internal|home\.arpa)\.?$/.test(host);
	if (!url || url.protocol !== 'https:' || url.username !== '' || url.password !== '' || !(named || isPublicAddress(host)))
		throw new Failure('invalid', 'The address must start with https:// and name a public host. Correct the address.', { code: 'address_not_public' });
	return url;
}

/** A dns lookup for sockets that answers public addresses only, so that a name can not be moved inside after the check. */
export function publicLookup(options: AddressOptions = {}): LookupFunction {
	return (hostname, lookupOptions, done) => {
		resolve(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
			const first = addresses?.[0];
			if (error || !first) return done(error ?? notFound(), '');
			const allowed = (address: string) => isPublicAddress(address) || (options.allowLoopback === true && within(LOOPBACK, address));
			if (!addresses.every((entry) => allowed(entry.address))) return done(notFound(), '');
			return lookupOptions.all ? done(null, addresses) : done(null, first.address, first.family);
		});
	};
}

/** Inside addresses look like names that do not exist: nothing is told about the network. */
const notFound = (): NodeJS.ErrnoException => Object.assign(new Error('not a public host'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
