import type { Limit } from '@latchkey/runtime';
import type { ApiEnv } from '../env.ts';

/** One rate limit. */
export interface LimitPolicy {
  /** Part of the keys in Redis. */
  readonly name: string;
  readonly limit: Limit | 'off';
  /**
   * When the limit is exceeded, refuse from memory without a call to Redis. This is allowed only for limits whose refusal the
   * client sees. The account limit is silent: a cheaper request over that limit would be measurably faster and reveal it.
   */
  readonly blockInMemory: boolean;
}

export type LimitPolicies = Readonly<
  Record<
    'requestNetwork' | 'requestWideNetwork' | 'requestAccount' | 'redeemNetwork' | 'redeemWideNetwork',
    LimitPolicy
  >
>;

type LimitEnv = Pick<
  ApiEnv,
  'LIMIT_REQUEST_PER_NETWORK' | 'LIMIT_REQUEST_PER_ACCOUNT' | 'LIMIT_REDEEM_PER_NETWORK'
>;

/** All rate limits. A narrow network is an IPv4 address or an IPv6 /64; a wide network is an IPv6 /48. */
export const limitPolicies = ({
  LIMIT_REQUEST_PER_NETWORK: perNetwork,
  LIMIT_REQUEST_PER_ACCOUNT: perAccount,
  LIMIT_REDEEM_PER_NETWORK: redeemPerNetwork,
}: LimitEnv): LimitPolicies => ({
  requestNetwork: /*    */ { name: 'request-network', limit: perNetwork, blockInMemory: true },
  requestWideNetwork: /**/ { name: 'request-network-48', limit: tenfold(perNetwork), blockInMemory: true },
  requestAccount: /*    */ { name: 'request-account', limit: perAccount, blockInMemory: false },
  redeemNetwork: /*     */ { name: 'redeem-network', limit: redeemPerNetwork, blockInMemory: true },
  redeemWideNetwork: /* */ {
    name: 'redeem-network-48',
    limit: tenfold(redeemPerNetwork),
    blockInMemory: true,
  },
});

const tenfold = (limit: Limit | 'off'): Limit | 'off' =>
  limit === 'off' ? 'off' : { ...limit, points: limit.points * 10 };
