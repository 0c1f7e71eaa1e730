import { MongoClient } from 'mongodb';
import { until } from '../until.ts';

/** Longer than the time after which the reconciler replaces a lost job (RECONCILE_AFTER, 15 s). */
const TIMEOUT_MS = 45_000;
const UNSETTLED = ['accepted', 'claimed'];

/** Waits until a request has ended and resolves with its state. It finds the row by its reference, as an operator does. */
export const requestOutcome = async ({
  mongodbUri,
  reference,
}: {
  mongodbUri: string;
  reference: string;
}): Promise<string> => {
  const client = await MongoClient.connect(mongodbUri, { serverSelectionTimeoutMS: 5_000 });
  try {
    const requests = client.db().collection<{ reference: string; state: string }>('latchkey_requests');
    return await until(
      `the request ${reference} has ended`,
      async () => {
        const state = (await requests.findOne({ reference }))?.state ?? 'missing';
        return !UNSETTLED.includes(state) && state;
      },
      TIMEOUT_MS,
    );
  } finally {
    await client.close();
  }
};
