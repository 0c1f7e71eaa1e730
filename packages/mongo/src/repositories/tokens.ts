import type { TokenRow, Tokens } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly, exactText } from '../exactly.ts';
import { insertRow } from '../insert-row.ts';
import { type Run, won } from '../operation.ts';
import { createRowCodec } from '../row-codec.ts';
import { type TokenDoc, tokenSchema } from '../schemas/token.ts';
import { decodeUserId } from '../user-id.ts';

const { toRow, toStored } = createRowCodec<TokenRow, 'tokenHash', TokenDoc>({
  schema: tokenSchema,
  id: 'tokenHash',
  omit: ['purgeAt'],
});

const ABSENT = { $exists: false } as const;
const OPEN = { redeemedAt: ABSENT, voidedAt: ABSENT } as const;
const RESERVATION = { busyUntil: 1, reservationId: 1 } as const;

/** Tokens in `latchkey_tokens`. */
export const createTokens = ({ model, run }: { model: Model<TokenDoc>; run: Run }): Tokens => ({
  insert: (row) => insertRow({ model, run, row: { ...toStored(row), attemptsMade: 0 } }),

  find: async (tokenHash) => {
    const doc = await run((options) =>
      model
        .findOne({ _id: exactText(tokenHash) }, null, options)
        .lean<TokenDoc>()
        .exec(),
    );
    return doc ? toRow(doc) : undefined;
  },

  latestOf: async ({ userId, endingAfter, limit }) => {
    const docs = await run((options) =>
      model
        .find({ userId: exactly(decodeUserId(userId)), expiresAt: { $gt: endingAfter } }, null, options)
        .sort({ expiresAt: -1 })
        .limit(limit)
        .lean<TokenDoc[]>()
        .exec(),
    );
    return docs.map(toRow);
  },

  reserve: async ({ tokenHash, reservationId, now, busyUntil, maxAttempts }) => {
    const doc = await run(async (options, again) => {
      const reserved = await model
        .findOneAndUpdate(
          {
            _id: exactText(tokenHash),
            ...OPEN,
            expiresAt: { $gt: now },
            attemptsMade: { $lt: maxAttempts },
            $or: [{ busyUntil: ABSENT }, { busyUntil: { $lte: now } }],
          },
          { $set: { busyUntil, reservationId }, $inc: { attemptsMade: 1 } },
          { ...options, returnDocument: 'after', projection: { attemptsMade: 1 } },
        )
        .lean<Pick<TokenDoc, 'attemptsMade'>>()
        .exec();
      if (reserved || !again) return reserved;
      return model
        .findOne(
          { _id: exactText(tokenHash), reservationId: exactText(reservationId) },
          { attemptsMade: 1 },
          options,
        )
        .lean<Pick<TokenDoc, 'attemptsMade'>>()
        .exec();
    });
    return doc?.attemptsMade;
  },

  release: async ({ tokenHash, reservationId, cost }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(tokenHash), ...OPEN, reservationId: exactText(reservationId) },
          { $unset: RESERVATION, $inc: { attemptsMade: cost - 1 } },
          options,
        )
        .exec(),
    );
  },

  redeem: async ({ tokenHash, reservationId, at }) => {
    return won(run, (options) =>
      model
        .updateOne(
          {
            _id: exactText(tokenHash),
            ...OPEN,
            expiresAt: { $gt: at },
            reservationId: exactText(reservationId),
          },
          { $set: { redeemedAt: at }, $unset: RESERVATION },
          options,
        )
        .exec(),
    );
  },

  void: async ({ tokenHash, reason, at }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(tokenHash), ...OPEN },
          { $set: { voidedAt: at, voidReason: reason }, $unset: RESERVATION },
          options,
        )
        .exec(),
    );
  },

  voidOthers: async ({ userId, except, reason, at }) => {
    const { modifiedCount } = await run((options) =>
      model
        .updateMany(
          {
            userId: exactly(decodeUserId(userId)),
            _id: { $ne: String(except) },
            ...OPEN,
            expiresAt: { $gt: at },
          },
          { $set: { voidedAt: at, voidReason: reason }, $unset: RESERVATION },
          options,
        )
        .exec(),
    );
    return modifiedCount;
  },
});
