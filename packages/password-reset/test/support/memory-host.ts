import type { Account } from '../../src/model/account.ts';
import { isUnchanged } from '../../src/parts/account.ts';
import { lookupForms } from '../../src/parts/address.ts';
import type { Sessions, Users } from '../../src/ports/store.ts';
import type { MemoryRows } from './memory-rows.ts';

/** A user of the host as the in-memory store keeps it. */
export type MemoryUser = Omit<Account, 'asRead'>;

const asAccount = (user: MemoryUser): Account => ({ ...user, asRead: user });

export const memoryUsers = (rows: () => MemoryRows): Users => ({
  findByAddress: async (typed) => {
    const forms = lookupForms(typed.trim());
    return [...rows().users.values()]
      .filter(({ address }) => address !== null && forms.includes(address))
      .map(asAccount);
  },
  findById: async (userId) => {
    const user = rows().users.get(userId);
    return user && asAccount(user);
  },
  setPassword: async ({ account, passwordHash, credentialsChangedAt }) => {
    const user = rows().users.get(account.userId);
    if (!user || !isUnchanged(account, asAccount(user))) return false;
    rows().users.set(user.userId, { ...user, passwordHash, credentialsChangedAt });
    return true;
  },
});

export const memorySessions = (rows: () => MemoryRows): Sessions => ({
  revokeAll: async (userId) => {
    const { sessions } = rows();
    const ids = [...sessions].filter(([, owner]) => owner === userId).map(([id]) => id);
    for (const id of ids) sessions.delete(id);
    return ids.length;
  },
});
