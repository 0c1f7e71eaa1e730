import type { Clock } from '../ports/clock.ts';
import type { ClientAddress, RedeemLimits } from '../ports/limits.ts';
import { type FindLinkDeps, findLink } from './find-link.ts';

export interface CheckTokenDeps extends FindLinkDeps {
  readonly limits: RedeemLimits;
  readonly clock: Clock;
}

/**
 * Whether a link would still work. Consumes nothing, counts no attempt; a dead one spends the network's budget as a redeem
 * would.
 * @throws UnavailableError without the database: neither answer would be true.
 */
export const createCheckToken =
  ({ limits, clock, ...deps }: CheckTokenDeps) =>
  async ({ token, client }: { token: string; client: ClientAddress }): Promise<'VALID' | 'INVALID'> => {
    const link = await findLink(deps, token, clock.now());
    if (link.found === 'live') return 'VALID';
    await limits.network(client);
    return 'INVALID';
  };
