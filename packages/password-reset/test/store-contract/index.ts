import { afterAll, beforeAll, describe } from 'vitest';
import { deliveriesContract } from './deliveries-contract.ts';
import type { StoreHarness } from './harness.ts';
import { hostContract } from './host-contract.ts';
import { requestsContract } from './requests-contract.ts';
import { tokensContract } from './tokens-contract.ts';
import { transactionContract } from './transaction-contract.ts';

export type { StoreHarness } from './harness.ts';

/** What every `Store`, `Backlog` and `Leases` must do, as vitest tests. Each adapter calls this with a store of its own. */
export const describeStore = (name: string, start: () => Promise<StoreHarness>): void => {
  describe(name, () => {
    let running: StoreHarness | undefined;
    const harness = (): StoreHarness => {
      if (!running) throw new Error('the store has not started');
      return running;
    };
    beforeAll(async () => {
      running = await start();
    });
    afterAll(() => running?.stop());

    requestsContract(harness);
    tokensContract(harness);
    deliveriesContract(harness);
    hostContract(harness);
    transactionContract(harness);
  });
};
