import type { Client } from '../ports/client.ts';
import type { Clock } from '../ports/clock.ts';
import type { RedeemLimits } from '../ports/limits.ts';
import { type FindLinkDeps, findLink } from './find-link.ts';

export interface CheckTokenDeps extends FindLinkDeps {
  readonly limits: RedeemLimits;
  readonly clock: Clock;
}

/** Whether a link would still work. */
export interface CheckTokenOutcome {
  readonly outcome: 'valid' | 'invalid';
}

/**
 * Tells whether a link would still work. Changes nothing and counts no attempt. An invalid token consumes a point of the
 * network's limit, as it does in a redeem.
 * @throws UnavailableError when the database is away, because neither answer would be true then (decision 22).
 */
export const createCheckToken =
  ({ limits, clock, ...deps }: CheckTokenDeps) =>
  async ({ token, client }: { token: string; client: Client }): Promise<CheckTokenOutcome> => {
    const link = await findLink(deps, token, clock.now());
    if (link.outcome === 'live') return { outcome: 'valid' };
    await limits.network(client);
    return { outcome: 'invalid' };
  };
