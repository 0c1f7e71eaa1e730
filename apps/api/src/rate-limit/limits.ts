import type { Client, LimitVerdict, RedeemLimits, RequestLimits } from '@latchkey/password-reset';
import { createLimiter, type Limiter, type LimiterDeps } from './limiter.ts';
import type { LimitPolicies } from './policies.ts';

/** The core's limits on Redis. Keys are HMACs, so Redis holds no address of anybody. See docs/decisions/0025. */
export const createLimits = ({
  policies,
  ...deps
}: LimiterDeps & { policies: LimitPolicies }): {
  readonly request: RequestLimits;
  readonly redeem: RedeemLimits;
} => {
  const perNetwork =
    (narrow: Limiter, wide: Limiter) =>
    async ({ network, wideNetwork }: Client): Promise<LimitVerdict> => {
      const verdict = await narrow(network);
      // What is refused here costs the /48 nothing, or one customer who goes on asking could use up the neighbours' share.
      return verdict.allowed && wideNetwork !== null ? wide(wideNetwork) : verdict;
    };

  const account = createLimiter(deps, policies.requestAccount);

  return {
    request: {
      network: perNetwork(
        createLimiter(deps, policies.requestNetwork),
        createLimiter(deps, policies.requestWideNetwork),
      ),
      account: async (identifierHmac) => ({ overLimit: !(await account(identifierHmac)).allowed }),
    },
    redeem: {
      network: perNetwork(
        createLimiter(deps, policies.redeemNetwork),
        createLimiter(deps, policies.redeemWideNetwork),
      ),
    },
  };
};
