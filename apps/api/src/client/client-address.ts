import { type Cidr, isWithin, parseAddress } from './cidr.ts';

/** Who is calling, and whether that is really known. */
export interface ResolvedClient {
  /** Canonical: dotted IPv4, or IPv6 with all eight groups. */
  readonly address: string;
  /** Set when the address is probably a proxy's, and so one limit for all of its clients. */
  readonly unresolved?: UnresolvedReason;
}

/**
 * missing_header, malformed_header: a trusted proxy sent no usable X-Forwarded-For. ignored_header: an inner address forwarded for
 * somebody but is not among the trusted proxies. ignored_header_public: so did a public one, which may be a proxy in front of
 * everything (a CDN), or a client that wrote the header itself. no_peer: the connection has no address.
 */
export type UnresolvedReason =
  | 'missing_header'
  | 'malformed_header'
  | 'ignored_header'
  | 'ignored_header_public'
  | 'no_peer';

/** How requests are told whom they come from. */
export type ClientAddressOf = (peer: string | undefined, forwardedFor: string | null) => ResolvedClient;

/**
 * Reads X-Forwarded-For from right to left for as long as the sender is a trusted proxy; the first address that is not, is
 * the client. What stands further left was written by the client itself and means nothing.
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

/** The first address of X-Forwarded-For, which proxies mean to be the client's, in canonical form; undefined for an inner one or none. */
export const firstHop = (forwardedFor: string): string | undefined => {
  const address = parseHop(hopsOf(forwardedFor)[0] ?? '');

  return address === undefined || isInner(address) ? undefined : address.toNormalizedString();
};

const hopsOf = (forwardedFor: string | null): string[] =>
  (forwardedFor ?? '').split(',').filter((hop) => hop.trim() !== '');

const parseHop = (hop: string): Address | undefined => parseAddress(withoutPort(hop.trim()));

type Address = NonNullable<ReturnType<typeof parseAddress>>;

/** Where proxies usually live. */
const INNER = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']);
const isInner = (address: Address): boolean => INNER.has(address.range());

/** Stands for a caller without an address; no real client can have it. */
const UNKNOWN = '0.0.0.0';

/** `203.0.113.7:4711` and `[2001:db8::1]:4711` to their addresses. */
const withoutPort = (hop: string): string =>
  /^\[(.+)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
