import { describeFlow } from './flow-suite/index.ts';
import { createMemoryStore } from './support/index.ts';

describeFlow('the in-memory store', async () => {
  const store = createMemoryStore();
  let users = 0;
  let sessions = 0;

  return {
    store,
    addUser: async ({ active = true, name = null, locale = null, credentialsChangedAt = null, ...user }) => {
      users += 1;
      const userId = `user-${users}`;
      store.rows().users.set(userId, { userId, active, name, locale, credentialsChangedAt, ...user });
      return userId;
    },
    changeUser: async (userId, changes) => {
      const user = store.rows().users.get(userId);
      if (user) store.rows().users.set(userId, { ...user, ...changes });
    },
    removeUser: async (userId) => {
      store.rows().users.delete(userId);
    },
    addSession: async (userId) => {
      sessions += 1;
      store.rows().sessions.set(`session-${sessions}`, userId);
    },
    sessionCount: async (userId) =>
      [...store.rows().sessions.values()].filter((owner) => owner === userId).length,
    audit: async () => store.rows().audit,
    close: async () => undefined,
  };
});
