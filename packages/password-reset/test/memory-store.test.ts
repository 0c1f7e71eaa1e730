import { describeStore } from './store-contract/index.ts';
import { createMemoryStore } from './support/memory-store.ts';

describeStore('the in-memory store', async () => {
  const store = createMemoryStore();
  let count = 0;
  const next = (): string => {
    count += 1;
    return String(count);
  };

  return {
    store,
    addUser: async (user) => {
      const userId = `s:user-${next()}`;
      const rest = { locale: null, name: null, credentialsChangedAt: null };
      store.rows().users.set(userId, { userId, ...user, ...rest });
      return userId;
    },
    changeUser: async (userId, change) => {
      const user = store.rows().users.get(userId);
      if (user) store.rows().users.set(userId, { ...user, ...change });
    },
    addSession: async (userId) => {
      store.rows().sessions.set(next(), userId);
    },
    auditOf: async (requestId) =>
      store
        .rows()
        .audit.filter((event) => event.requestId === requestId)
        .map(({ outcome }) => outcome),
    stop: async () => {},
  };
});
