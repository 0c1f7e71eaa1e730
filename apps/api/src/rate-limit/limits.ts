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
      const verdicts = await Promise.all([
        narrow(identifiers.network(networks.narrow)),
        ...(networks.wide === undefined ? [] : [wide(identifiers.network(networks.wide))]),
      ]);

      return strictest(verdicts);
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

const strictest = (verdicts: readonly LimitVerdict[]): LimitVerdict => {
  const waits = verdicts.flatMap((verdict) => (verdict.allowed ? [] : [verdict.retryAfterMs]));

  return waits.length === 0 ? { allowed: true } : { allowed: false, retryAfterMs: Math.max(...waits) };
};
