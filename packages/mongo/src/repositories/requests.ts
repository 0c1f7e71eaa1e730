import type { RequestRow, Requests } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly, exactText } from '../exactly.ts';
import { insertRow } from '../insert-row.ts';
import { type Run, won } from '../operation.ts';
import { createRowCodec } from '../row-codec.ts';
import { type RequestDoc, requestSchema } from '../schemas/request.ts';
import { decodeUserId } from '../user-id.ts';

const bytesOf = (seed: RequestDoc['seed']): Uint8Array | null => {
  if (!seed) return null;
  return Uint8Array.from(seed instanceof Uint8Array ? seed : seed.value());
};

const { toRow, toStored } = createRowCodec<RequestRow, 'requestId', RequestDoc>({
  schema: requestSchema,
  id: 'requestId',
  readers: { seed: bytesOf },
});

const LEASE = { leaseId: 1, leaseUntil: 1 } as const;

/**
 * Requests in `latchkey_requests`. Every change is one conditional update. Its filter is the fence: a change that comes too
 * late matches no row.
 */
export const createRequests = ({ model, run }: { model: Model<RequestDoc>; run: Run }): Requests => ({
  accept: (row) => insertRow({ model, run, row: { ...toStored(row), state: 'accepted', attemptsMade: 0 } }),

  find: async (requestId) => {
    const doc = await run((options) =>
      model
        .findOne({ _id: exactText(requestId) }, null, options)
        .lean<RequestDoc>()
        .exec(),
    );
    return doc ? toRow(doc) : undefined;
  },

  claim: async ({ requestId, leaseId, now, leaseUntil, dueAt }) => {
    const doc = await run(async (options, again) => {
      const claimed = await model
        .findOneAndUpdate(
          {
            _id: exactText(requestId),
            $or: [{ state: 'accepted' }, { state: 'claimed', leaseUntil: { $lte: now } }],
          },
          { $set: { state: 'claimed', leaseId, leaseUntil, dueAt }, $inc: { attemptsMade: 1 } },
          { ...options, returnDocument: 'after' },
        )
        .lean<RequestDoc>()
        .exec();
      if (claimed || !again) return claimed;
      return model
        .findOne({ _id: exactText(requestId), state: 'claimed', leaseId: exactText(leaseId) }, null, options)
        .lean<RequestDoc>()
        .exec();
    });
    return doc ? toRow(doc) : undefined;
  },

  defer: async ({ requestId, leaseId, dueAt }) => {
    return run(async (options, again) => {
      const { matchedCount } = await model
        .updateOne(
          { _id: exactText(requestId), state: 'claimed', leaseId: exactText(leaseId) },
          { $set: { state: 'accepted', dueAt }, $unset: LEASE },
          options,
        )
        .exec();
      if (matchedCount === 1 || !again) return matchedCount === 1;
      const row = { _id: exactText(requestId), state: 'accepted', dueAt: exactly(dueAt) } as const;
      return (await model.findOne(row, { _id: 1 }, options).lean().exec()) !== null;
    });
  },

  settle: async ({ requestId, leaseId, state, reason, userId, purgeAt }) => {
    const facts = toStored({ reason, userId });
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(requestId), state: 'claimed', leaseId: exactText(leaseId) },
          { $set: { state, purgeAt, ...facts }, $unset: { ...LEASE, address: 1, seed: 1, dueAt: 1 } },
          options,
        )
        .exec(),
    );
  },

  mint: async ({ requestId, leaseId, userId, seed, kid, dueAt }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(requestId), state: 'claimed', leaseId: exactText(leaseId) },
          {
            $set: { state: 'minted', userId: decodeUserId(userId), seed: Buffer.from(seed), kid, dueAt },
            $unset: { ...LEASE, address: 1 },
          },
          options,
        )
        .exec(),
    );
  },

  redeem: async ({ requestId, purgeAt }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(requestId), state: 'minted' },
          { $set: { state: 'redeemed', purgeAt }, $unset: { seed: 1, dueAt: 1 } },
          options,
        )
        .exec(),
    );
  },

  expireLink: async ({ requestId, now, purgeAt }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(requestId), state: 'minted', dueAt: { $lte: now } },
          { $set: { state: 'link_expired', purgeAt }, $unset: { seed: 1, dueAt: 1 } },
          options,
        )
        .exec(),
    );
  },

  eraseSeed: async (requestId) => {
    await run((options) =>
      model
        .updateOne({ _id: exactText(requestId), state: 'minted' }, { $unset: { seed: 1 } }, options)
        .exec(),
    );
  },
});
