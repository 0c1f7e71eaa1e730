import { firstHop } from './client-address.ts';

/** The default window of LIMIT_REQUEST_PER_NETWORK, because all clients of such a proxy share that limit. */
const WINDOW_MS = 3_600_000;
/** Different clients that one address must name. A client that forges one header does not reach it; a proxy reaches it soon. */
const CLIENTS = 5;
/** Forwarders that are watched at the same time. When there are more, the least recently seen one is forgotten. */
const FORWARDERS = 256;

/**
 * Distinguishes a proxy that is missing in TRUSTED_PROXIES from a client that writes X-Forwarded-For itself. Returns true once
 * one address has named five different public clients within an hour. Inner addresses do not count, because the proxies inside
 * companies name those.
 */
export const createForwarderWatch = ({ now }: { now: () => number }) => {
  /** Forwarder → client → time at which the client was last named. At most 256 times 5 entries. */
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
