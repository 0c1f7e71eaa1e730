import type { Limit } from '@latchkey/runtime';
import type { ApiEnv } from '../env.ts';

/** One limit. */
export interface LimitPolicy {
  /** Part of its keys in Redis. */
  readonly name: string;
  readonly limit: Limit | 'off';
  /**
   * Once over, refuse from memory without asking Redis again. Only where the asker is told anyway: for accounts it would make
   * an over-limit request cheaper than another, and thereby tell them apart.
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

/** All limits on one page. A narrow network is an IPv4 address or IPv6 /64, a wide one an IPv6 /48. */
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
