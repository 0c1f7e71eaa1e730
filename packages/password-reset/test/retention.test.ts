import { expect, it } from 'vitest';
import { MAX_LIVE_LINKS } from '../src/parts/token.ts';
import { createFlow, createMemoryStore, fakeBcrypt } from './support/index.ts';

it('an account gets no fourth link when rows are purged sooner than links expire', async () => {
  const store = createMemoryStore();
  const alice = { userId: 'alice', address: 'alice@example.com', passwordHash: fakeBcrypt('old') };
  const unknown = { active: true, name: null, locale: null, credentialsChangedAt: null };
  store.rows().users.set('alice', { ...alice, ...unknown });
  const flow = createFlow(store, { retentionMs: 1_000 });
  const purge = (): void => {
    for (const [id, { purgeAt }] of store.rows().deliveries)
      if (purgeAt && purgeAt <= flow.clock.now()) store.rows().deliveries.delete(id);
  };

  let minted = 0;
  for (let i = 0; i < 6; i += 1) {
    if ((await flow.askAndDeliver('alice@example.com')).outcome === 'minted') minted += 1;
    flow.clock.advance(2_000);
    purge();
  }
  expect(minted).toBe(MAX_LIVE_LINKS);
});
