import type { Logger } from '@latchkey/runtime';
import type { ApiMetrics } from '../metrics.ts';
import type { ResolvedClient, UnresolvedReason } from './client-address.ts';
import { createForwarderWatch } from './forwarder-watch.ts';

const WHAT_TO_DO: Readonly<Record<UnresolvedReason, string>> = {
  missing_header: 'a trusted proxy sends no X-Forwarded-For; make it, or all of its clients share one limit',
  malformed_header:
    'X-Forwarded-For holds something that is no address; all clients behind that hop share one limit',
  ignored_header:
    'an inner address sends X-Forwarded-For but is not in TRUSTED_PROXIES; its clients share one limit',
  ignored_header_public:
    'a public address forwards for many clients but is not in TRUSTED_PROXIES; they share one limit. ' +
    'If it is a proxy of yours (a CDN, a load balancer), name its ranges there',
  no_peer: 'a connection has no address',
};

/**
 * Counts every client that could not be told from a proxy, and says once per reason what to do about it: of a public address
 * only once it behaves like a proxy, since anybody may write the header.
 */
export const createUnresolvedReport = ({
  log,
  metrics,
  now,
}: {
  log: Logger;
  metrics: Pick<ApiMetrics, 'unresolvedClients'>;
  /** Milliseconds that only ever grow. */
  now: () => number;
}) => {
  const told = new Set<UnresolvedReason>();
  const looksLikeProxy = createForwarderWatch({ now });

  return ({ address, unresolved: reason }: ResolvedClient, forwardedFor: string | null): void => {
    if (reason === undefined) return;
    metrics.unresolvedClients.inc({ reason });
    if (told.has(reason)) return;
    if (reason === 'ignored_header_public' && !looksLikeProxy(address, forwardedFor ?? '')) return;

    told.add(reason);
    log.warn({ event: 'client.unresolved', reason }, WHAT_TO_DO[reason]);
  };
};

/** What can be seen before the first request: a production API on loopback is behind a proxy that nobody named. */
export const proxyWarning = ({
  mode,
  host,
  trustedProxies,
}: {
  mode: string;
  host: string;
  trustedProxies: readonly unknown[];
}): string | undefined =>
  mode === 'production' && trustedProxies.length === 0 && /^(localhost|127\.|::1$)/.test(host)
    ? 'HOST is a loopback address and TRUSTED_PROXIES is empty: everybody behind a local proxy would share one limit'
    : undefined;
