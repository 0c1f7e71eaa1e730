import { field, isLoopback, type Mode, type Rule } from '@latchkey/runtime';

/** Minimum number of characters, too many to guess over the network. `openssl rand -hex 16` makes 32. */
const SHORTEST = 16;

/** The bearer token of `/metrics`. It must fit into an Authorization header, and in production it must be hard to guess. */
export const metricsToken = (mode: Mode) => {
  const shortest = mode === 'production' ? SHORTEST : 1;

  return field(`visible ASCII without blanks, at least ${SHORTEST} characters in production`, (value) =>
    /^[\x21-\x7e]+$/.test(value) && value.length >= shortest ? value : undefined,
  );
};

/**
 * In production, requires METRICS_TOKEN when METRICS_HOST is no loopback address. Metrics count the mails to members, so a
 * reader of the metrics who asks for an address learns whether it has an account.
 */
export const guardedMetrics =
  (mode: Mode): Rule =>
  (values) => {
    const { METRICS_HOST: host, METRICS_TOKEN: token } = values;
    // Only a missing token counts here, because its own field reports an invalid one.
    const missing = 'METRICS_TOKEN' in values && token === undefined;
    if (mode !== 'production' || !missing || typeof host !== 'string' || isLoopback(host)) return [];

    return [
      'METRICS_TOKEN is required when METRICS_HOST is no loopback address: metrics can show whether an address has an account',
    ];
  };
