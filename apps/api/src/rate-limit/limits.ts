import type { Client, LimitVerdict, RedeemLimits, RequestLimits } from '@latchkey/password-reset';
import { createLimiter, type Limiter, type LimiterDeps } from './limiter.ts';
import type { LimitPolicies } from './policies.ts';

/** The limits of the core, counted in Redis. The keys are HMACs, so Redis holds no addresses. See docs/decisions/0025. */
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
      // A refusal costs the /48 no point. Otherwise one customer with many refused requests could use up the /48 of all others.
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
