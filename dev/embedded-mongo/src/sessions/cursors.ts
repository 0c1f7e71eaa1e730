import { calculateObjectSize, Long } from 'bson';
import type { Doc } from '../bson/document.ts';
import { Fault } from '../errors.ts';
import { MAX_DOCUMENT_BYTES } from '../store/accept.ts';

const IDLE_MS = 10 * 60_000;
export const DEFAULT_BATCH = 101;

interface Cursor {
  readonly namespace: string;
  readonly docs: readonly Doc[];
  /** The session that opened the cursor. Only it may continue to read. */
  readonly owner: string | undefined;
  at: number;
  lastUsed: number;
}

interface OpenCursor {
  readonly namespace: string;
  readonly docs: readonly Doc[];
  readonly owner: string | undefined;
  readonly batchSize: number;
  readonly singleBatch?: boolean;
}

export interface CursorRegistry {
  open(cursor: OpenCursor): Doc;
  more(request: { id: string; namespace: string; owner: string | undefined; batchSize: number }): Doc;
  kill(id: string): boolean;
  endSession(owner: string): void;
  expire(now: number): void;
  close(): void;
}

/** Holds results, which are computed at once, and returns them in batches of at most 16 MB, as a server does. */
export const createCursors = (): CursorRegistry => {
  const cursors = new Map<string, Cursor>();
  let lastId = 0;

  const takeFrom = (docs: readonly Doc[], at: number, count: number): readonly Doc[] => {
    let end = at;
    let bytes = 0;
    while (end < docs.length && end - at < count) {
      const size = calculateObjectSize(docs[end] ?? {});
      if (size > MAX_DOCUMENT_BYTES)
        throw new Fault(
          10334,
          'BSONObjectTooLarge',
          `BSONObj size: ${size} is invalid. Size must be between 0 and 16MB`,
        );
      // In a BSON array, each document is preceded by a type byte and its index as a name.
      bytes += size + String(end - at).length + 2;
      if (end > at && bytes > MAX_DOCUMENT_BYTES) break;
      end++;
    }
    return docs.slice(at, end);
  };

  return {
    open: ({ namespace, docs, owner, batchSize, singleBatch }) => {
      const firstBatch = takeFrom(docs, 0, batchSize);
      let id = 0;
      if (!singleBatch && firstBatch.length < docs.length) {
        id = ++lastId;
        cursors.set(String(id), { namespace, docs, owner, at: firstBatch.length, lastUsed: Date.now() });
      }
      return { cursor: { id: Long.fromNumber(id), ns: namespace, firstBatch } };
    },

    more: ({ id, namespace, owner, batchSize }) => {
      const cursor = cursors.get(id);
      if (!cursor) throw new Fault(43, 'CursorNotFound', `cursor id ${id} not found`);
      if (cursor.namespace !== namespace)
        throw new Fault(
          13,
          'Unauthorized',
          `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
        );
      if (cursor.owner !== owner)
        throw new Fault(
          50738,
          'Location50738',
          `Cannot run getMore on cursor ${id}, which was created in another session`,
        );
      const nextBatch = takeFrom(cursor.docs, cursor.at, batchSize);
      cursor.at += nextBatch.length;
      cursor.lastUsed = Date.now();
      const done = cursor.at >= cursor.docs.length;
      if (done) cursors.delete(id);
      return { cursor: { id: Long.fromNumber(done ? 0 : Number(id)), ns: namespace, nextBatch } };
    },

    kill: (id) => cursors.delete(id),
    endSession: (owner) => {
      for (const [id, cursor] of cursors) if (cursor.owner === owner) cursors.delete(id);
    },
    expire: (now) => {
      for (const [id, cursor] of cursors) if (now - cursor.lastUsed > IDLE_MS) cursors.delete(id);
    },
    close: () => cursors.clear(),
  };
};
