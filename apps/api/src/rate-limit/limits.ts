import type { ClientAddress, LimitVerdict, RedeemLimits, RequestLimits } from '@latchkey/password-reset';
import { networksOf } from '../client/networks.ts';
import { createLimiter, type Limiter, type LimiterDeps } from './limiter.ts';
import type { LimitPolicies } from './policies.ts';

/** The core's limits on Redis. Keys are HMACs, so Redis holds no address of anybody. */
export const createLimits = ({
  policies,
  identifiers,
  ...deps
}: LimiterDeps & {
  policies: LimitPolicies;
  identifiers: { network(cidr: string): string };
}): { readonly request: RequestLimits; readonly redeem: RedeemLimits } => {
  const perNetwork =
    (narrow: Limiter, wide: Limiter) =>
    async (client: ClientAddress): Promise<LimitVerdict> => {
      const networks = networksOf(client);
      const verdict = await narrow(identifiers.network(networks.narrow));
      // What is refused here costs the /48 nothing, or one customer who goes on asking could use up the neighbours' share.
      if (!verdict.allowed || networks.wide === undefined) return verdict;

      return wide(identifiers.network(networks.wide));
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
