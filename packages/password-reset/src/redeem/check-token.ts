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
 * Whether a link would still work. Consumes nothing, counts no attempt; an invalid one consumes a point of the network's limit as a redeem
 * would.
 * @throws UnavailableError without the database: neither answer would be true.
 */
export const createCheckToken =
  ({ limits, clock, ...deps }: CheckTokenDeps) =>
  async ({ token, client }: { token: string; client: Client }): Promise<CheckTokenOutcome> => {
    const link = await findLink(deps, token, clock.now());
    if (link.outcome === 'live') return { outcome: 'valid' };
    await limits.network(client);
    return { outcome: 'invalid' };
  };
