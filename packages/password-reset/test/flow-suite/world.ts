import { afterEach } from 'vitest';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { UserId } from '../../src/model/ids.ts';
import type { Backlog, Leases, Store } from '../../src/ports/store.ts';
import { createFlow, type FlowOptions } from '../support/flow.ts';
import { fakeBcrypt } from '../support/memory-ports.ts';

/** A store under test, and what the host does in its own collections. */
export interface FlowHarness {
  readonly store: Store & { backlog: Backlog; leases: Leases };
  addUser(user: HostUser): Promise<UserId>;
  changeUser(userId: UserId, changes: Partial<HostUser>): Promise<void>;
  removeUser(userId: UserId): Promise<void>;
  addSession(userId: UserId): Promise<void>;
  sessionCount(userId: UserId): Promise<number>;
  audit(): Promise<readonly AuditEvent[]>;
  close(): Promise<void>;
}

/** The fields of a host's user that a test may set. */
export interface HostUser {
  readonly address: string | null;
  readonly passwordHash: string | null;
  readonly active?: boolean;
  readonly name?: string;
  readonly locale?: string;
  readonly credentialsChangedAt?: Date;
}

/** Alice's password before a reset. */
export const OLD = 'the old one, long ago';
/** The password that Alice chooses in a reset. */
export const NEW = 'a brand new passphrase';
/** An active user with a bcrypt hash; `withAlice` adds this user. */
export const ALICE: HostUser = {
  address: 'alice@example.com',
  passwordHash: fakeBcrypt(OLD),
  name: 'Alice',
  locale: 'de',
};

/** Gives each test a store of its own and the flow over it. Called inside a `describe`; closes each store after its test. */
export const createWorld = (open: () => Promise<FlowHarness>) => {
  const opened: FlowHarness[] = [];
  afterEach(async () => {
    for (const harness of opened.splice(0)) await harness.close();
  });
  const setUp = async (options?: FlowOptions) => {
    const host = await open();
    opened.push(host);
    return { host, flow: createFlow(host.store, options), store: host.store };
  };

  const withAlice = async (options?: FlowOptions) => {
    const world = await setUp(options);
    return { ...world, alice: await world.host.addUser(ALICE) };
  };

  return { setUp, withAlice };
};

/** What the tests of one verb receive. */
export type World = ReturnType<typeof createWorld>;
