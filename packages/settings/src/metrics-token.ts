import { field, isLoopback, type Mode, type Rule } from '@latchkey/runtime';

/** Too many to guess over the network; `openssl rand -hex 16` gives twice as many. */
const SHORTEST = 16;

/** The bearer token of `/metrics`: what fits into an Authorization header, in production not guessable. */
export const metricsToken = (mode: Mode) => {
  const shortest = mode === 'production' ? SHORTEST : 1;

  return field(`visible ASCII without blanks, at least ${SHORTEST} characters in production`, (value) =>
    /^[\x21-\x7e]+$/.test(value) && value.length >= shortest ? value : undefined,
  );
};

/**
 * Metrics count a member's mail, so whoever reads them and asks for an address learns whether it has an account. In production
 * they leave the machine for the holder of a token only.
 */
export const guardedMetrics =
  (mode: Mode): Rule =>
  (values) => {
    const { METRICS_HOST: host, METRICS_TOKEN: token } = values;
    // A token that is there and cannot be used is a problem of its own.
    const missing = 'METRICS_TOKEN' in values && token === undefined;
    if (mode !== 'production' || !missing || typeof host !== 'string' || isLoopback(host)) return [];

    return [
      'METRICS_TOKEN is required when METRICS_HOST is no loopback address: metrics tell their reader who is a member',
    ];
  };
