import { Int32 } from 'bson';
import { expect, test } from 'vitest';
import { encodeReply } from '../wire/message.ts';
import { createCursors } from './cursors.ts';

test('a batch of very many very small documents fits a reply, and the rest follows', () => {
  const cursors = createCursors();
  const docs = Array<{ _id: Int32 }>(1_300_000).fill({ _id: new Int32(1) });
  const reply = cursors.open({
    namespace: 'a.b',
    docs,
    owner: undefined,
    batchSize: Number.POSITIVE_INFINITY,
  });

  expect(encodeReply({ id: 1, legacy: false }, reply).length).toBeLessThan(16 * 1024 * 1024 + 16_384);
  const { id, firstBatch } = Object(reply['cursor']);
  const next = cursors.more({
    id: String(id),
    namespace: 'a.b',
    owner: undefined,
    batchSize: Number.POSITIVE_INFINITY,
  });
  expect(firstBatch.length + Object(next['cursor']).nextBatch.length).toBe(docs.length);
});
