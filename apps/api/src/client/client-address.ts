import { type Cidr, isWithin, parseAddress } from './cidr.ts';

/** Who is calling, and whether that is really known. */
export interface ResolvedClient {
  /** Canonical: dotted IPv4, or IPv6 with all eight groups. */
  readonly address: string;
  /** Set when the address is probably a proxy's, and so one limit for all of its clients. */
  readonly unresolved?: UnresolvedReason;
}

/**
 * missing_header, malformed_header: a trusted proxy sent no usable X-Forwarded-For. ignored_header: an inner address sent one
 * but is not among the trusted proxies. no_peer: the connection has no address.
 */
export type UnresolvedReason = 'missing_header' | 'malformed_header' | 'ignored_header' | 'no_peer';

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
    if (!isWithin(current, trustedProxies)) {
      const address = current.toNormalizedString();

      return forwardedFor !== null && INNER.has(current.range())
        ? { address, unresolved: 'ignored_header' }
        : { address };
    }

    const hops = (forwardedFor ?? '').split(',').filter((hop) => hop.trim() !== '');
    if (hops.length === 0) return { address: current.toNormalizedString(), unresolved: 'missing_header' };

    for (const hop of hops.reverse()) {
      const address = parseAddress(withoutPort(hop.trim()));
      if (address === undefined) {
        return { address: current.toNormalizedString(), unresolved: 'malformed_header' };
      }
      current = address;
      if (!isWithin(address, trustedProxies)) break;
    }
    return { address: current.toNormalizedString() };
  };

/** Where proxies usually live. */
const INNER = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']);

/** Stands for a caller without an address; no real client can have it. */
const UNKNOWN = '0.0.0.0';

/** `203.0.113.7:4711` and `[2001:db8::1]:4711` to their addresses. */
const withoutPort = (hop: string): string =>
  /^\[(.+)\](?::\d{1,5})?$/.exec(hop)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
