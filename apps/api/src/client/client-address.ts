import { type Cidr, isWithin, parseAddress } from './cidr.ts';

/** The address of the client, and whether it is certain. */
export interface ResolvedClient {
  /** In canonical form: dotted IPv4, or IPv6 with all eight groups. */
  readonly address: string;
  /** Set when the address probably belongs to a proxy. All clients of that proxy then share one rate limit. */
  readonly unresolved?: UnresolvedReason;
}

/**
 * - missing_header, malformed_header: a trusted proxy sent no usable X-Forwarded-For.
 * - ignored_header: an inner address sent the header but is not among the trusted proxies.
 * - ignored_header_public: a public address did the same. It may be a proxy in front of the API (a CDN), or a client that wrote
 *   the header itself.
 * - no_peer: the connection has no address.
 */
export type UnresolvedReason =
  | 'missing_header'
  | 'malformed_header'
  | 'ignored_header'
  | 'ignored_header_public'
  | 'no_peer';

/** Finds the client from the address of the connection and the header X-Forwarded-For. */
export type ClientAddressOf = (peer: string | undefined, forwardedFor: string | null) => ResolvedClient;

/**
 * Reads X-Forwarded-For from right to left as long as the sender is a trusted proxy. The first address that is no trusted
 * proxy is the client. The entries further left were written by the client itself, so they are ignored.
 */
export const createClientAddress =
  (trustedProxies: readonly Cidr[]): ClientAddressOf =>
  (peer, forwardedFor) => {
    let current = parseAddress(peer ?? '');
    if (current === undefined) return { address: UNKNOWN, unresolved: 'no_peer' };
    const hops = hopsOf(forwardedFor);
    if (hops.length === 0 && isWithin(current, trustedProxies)) {
      return { address: current.toNormalizedString(), unresolved: 'missing_header' };
    }

    while (isWithin(current, trustedProxies)) {
      const hop = hops.pop();
      if (hop === undefined) break;
      const address = parseHop(hop);
      if (address === undefined) {
        return { address: current.toNormalizedString(), unresolved: 'malformed_header' };
      }
      current = address;
    }

    const address = current.toNormalizedString();
    if (hops.length === 0) return { address };
    return { address, unresolved: isInner(current) ? 'ignored_header' : 'ignored_header_public' };
  };

/**
 * The first address of X-Forwarded-For in canonical form; by convention it is the client's. Undefined if it is an inner address
 * or missing.
 */
export const firstHop = (forwardedFor: string): string | undefined => {
  const address = parseHop(hopsOf(forwardedFor)[0] ?? '');

  return address === undefined || isInner(address) ? undefined : address.toNormalizedString();
};

const hopsOf = (forwardedFor: string | null): string[] =>
  (forwardedFor ?? '').split(',').filter((hop) => hop.trim() !== '');

const parseHop = (hop: string): Address | undefined => parseAddress(withoutPort(hop.trim()));

type Address = NonNullable<ReturnType<typeof parseAddress>>;

/** The ranges in which proxies usually are. */
const INNER = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']);
const isInner = (address: Address): boolean => INNER.has(address.range());

/** Used for a connection without an address. No real client can have it. */
const UNKNOWN = '0.0.0.0';

/** Removes the port: `203.0.113.7:4711` and `[2001:db8::1]:4711` become plain addresses. */
const withoutPort = (hop: string): string =>
  /^\[(.+)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
