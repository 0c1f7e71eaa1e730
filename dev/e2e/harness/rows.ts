import { until } from '@latchkey/test-kit/until';
import type { Document } from 'mongodb';
import type { Host } from './host.ts';

/** Counts the rows of a collection that match the filter. */
export const countRows = (host: Pick<Host, 'db'>, collection: string, filter: Document): Promise<number> =>
  host.db.collection(collection).countDocuments(filter);

/** Resolves when no delivery is due and no request waits for the worker. Minted requests wait only for the use of their link. */
export const settled = (host: Pick<Host, 'db'>, timeoutMs?: number): Promise<true> =>
  until(
    'every row settled',
    async () => {
      const requests = await countRows(host, 'latchkey_requests', {
        state: { $in: ['accepted', 'claimed'] },
      });
      const deliveries = await countRows(host, 'latchkey_deliveries', { dueAt: { $exists: true } });
      return requests + deliveries === 0;
    },
    timeoutMs,
  );

/** Waits until the request row with this reference fits and resolves with it. */
export const requestRow = (
  host: Host,
  reference: string,
  fits: (row: Document) => boolean,
  timeoutMs?: number,
): Promise<Document> =>
  until(
    `request ${reference} as wanted`,
    async () => {
      const row = await host.db.collection('latchkey_requests').findOne({ reference });
      return row !== null && fits(row) && row;
    },
    timeoutMs,
  );
