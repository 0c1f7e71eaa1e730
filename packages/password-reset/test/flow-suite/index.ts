import { describe } from 'vitest';
import { asking } from './asking.ts';
import { delivering } from './delivering.ts';
import { deliveringNothing } from './delivering-nothing.ts';
import { findingTheAccount } from './finding-the-account.ts';
import { fromAskingToTheNewPassword } from './from-asking-to-the-new-password.ts';
import { reconciling } from './reconciling.ts';
import { recovery } from './recovery.ts';
import { redeeming } from './redeeming.ts';
import { createWorld, type FlowHarness } from './world.ts';

export type { FlowHarness, HostUser } from './world.ts';

/** What the flow guarantees, as tests over any store: the in-memory store and MongoDB run the same tests. */
export const describeFlow = (name: string, open: () => Promise<FlowHarness>): void => {
  describe(`the flow on ${name}`, () => {
    const world = createWorld(open);

    fromAskingToTheNewPassword(world);
    asking(world);
    findingTheAccount(world);
    recovery(world);
    delivering(world);
    deliveringNothing(world);
    redeeming(world);
    reconciling(world);
  });
};
