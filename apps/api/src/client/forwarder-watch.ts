import { firstHop } from './client-address.ts';

/** The window of LIMIT_REQUEST_PER_NETWORK by default: whoever comes through such a proxy shares its address's budget. */
const WINDOW_MS = 3_600_000;
/** A person forges one address or many at a time; a proxy names whoever comes. */
const CLIENTS = 5;
/** Addresses watched at once; beyond it the one heard of the longest ago is forgotten. */
const FORWARDERS = 256;

/**
 * Tells a proxy that nobody named from a client that writes X-Forwarded-For itself: true once one address has named five
 * different public clients within an hour. Inner addresses do not count: companies' own proxies name those.
 */
export const createForwarderWatch = ({ now }: { now: () => number }) => {
  /** Forwarder → client → when it was named last. At most 256 times 5 entries. */
  const seen = new Map<string, Map<string, number>>();

  return (forwarder: string, forwardedFor: string): boolean => {
    const client = firstHop(forwardedFor);
    if (client === undefined) return false;

    const at = now();
    const clients = seen.get(forwarder) ?? new Map<string, number>();
    for (const [other, namedAt] of clients) if (namedAt <= at - WINDOW_MS) clients.delete(other);
    clients.set(client, at);

    seen.delete(forwarder);
    seen.set(forwarder, clients);
    const [oldest] = seen.keys();
    if (seen.size > FORWARDERS && oldest !== undefined) seen.delete(oldest);

    if (clients.size < CLIENTS) return false;
    seen.clear();
    return true;
  };
};
