import type { Logger } from '@latchkey/runtime';
import type { ApiMetrics } from '../metrics.ts';
import type { UnresolvedReason } from './client-address.ts';

const WHAT_TO_DO: Readonly<Record<UnresolvedReason, string>> = {
  missing_header: 'a trusted proxy sends no X-Forwarded-For; make it, or all of its clients share one limit',
  malformed_header:
    'X-Forwarded-For holds something that is no address; all clients behind that hop share one limit',
  ignored_header:
    'an inner address sends X-Forwarded-For but is not in TRUSTED_PROXIES; its clients share one limit',
  no_peer: 'a connection has no address',
};

/** Counts every client that could not be told from a proxy, and says once per reason what to do about it. */
export const createUnresolvedReport = ({
  logger,
  metrics,
}: {
  logger: Logger;
  metrics: Pick<ApiMetrics, 'unresolvedClients'>;
}) => {
  const told = new Set<UnresolvedReason>();

  return (reason: UnresolvedReason): void => {
    metrics.unresolvedClients.inc({ reason });
    if (told.has(reason)) return;

    told.add(reason);
    logger.warn({ event: 'client.unresolved', reason }, WHAT_TO_DO[reason]);
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
