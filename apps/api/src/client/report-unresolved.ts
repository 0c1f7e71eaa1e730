import type { Logger } from '@latchkey/runtime';
import type { ApiMetrics } from '../metrics.ts';
import type { ResolvedClient, UnresolvedReason } from './client-address.ts';
import { createForwarderWatch } from './forwarder-watch.ts';

const WHAT_TO_DO: Readonly<Record<UnresolvedReason, string>> = {
  missing_header:
    'a trusted proxy sends no X-Forwarded-For, so all of its clients share one limit; configure it to send the header',
  malformed_header:
    'X-Forwarded-For holds an entry that is not an address, so all clients behind that proxy share one limit',
  ignored_header:
    'an inner address sends X-Forwarded-For but is not in TRUSTED_PROXIES, so all of its clients share one limit',
  ignored_header_public:
    'a public address forwards for many clients but is not in TRUSTED_PROXIES, so they share one limit. ' +
    'If it is your proxy (a CDN, a load balancer), add its ranges to TRUSTED_PROXIES',
  no_peer: 'a connection has no address; all such connections share one limit',
};

/**
 * Counts every request whose client is not known for certain, and logs once per reason what the operator can do. Every client
 * can write the header itself, so a public address is logged only when it behaves like a proxy.
 */
export const createUnresolvedReport = ({
  log,
  metrics,
  now,
}: {
  log: Logger;
  metrics: Pick<ApiMetrics, 'unresolvedClients'>;
  /** Milliseconds of a monotonic clock. */
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

/** The warning that is possible before the first request: a production API on loopback without a proxy in TRUSTED_PROXIES. */
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
    ? 'HOST is a loopback address and TRUSTED_PROXIES is empty: all clients behind a local proxy would share one limit'
    : undefined;
