import type { TokenRow, Tokens } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly, exactText } from '../exactly.ts';
import type { Run } from '../operation.ts';
import type { TokenDoc } from '../schemas/token.ts';
import { decodeUserId, encodeUserId } from '../user-id.ts';

const toRow = (doc: TokenDoc): TokenRow => ({
  tokenHash: doc._id,
  kid: doc.kid,
  purpose: doc.purpose,
  requestId: doc.requestId,
  userId: encodeUserId(doc.userId),
  addressHmac: doc.addressHmac,
  credentialHmac: doc.credentialHmac,
  attempts: doc.attempts,
  busyUntil: doc.busyUntil ?? null,
  usedAt: doc.usedAt ?? null,
  voidedAt: doc.voidedAt ?? null,
  voidReason: doc.voidReason ?? null,
  mintedAt: doc.mintedAt,
  expiresAt: doc.expiresAt,
});

const ABSENT = { $exists: false } as const;
const UNSPENT = { usedAt: ABSENT, voidedAt: ABSENT } as const;

/** `latchkey_tokens`. */
export const createTokens = ({ model, run }: { model: Model<TokenDoc>; run: Run }): Tokens => ({
  insert: async ({ tokenHash, userId, ...row }) => {
    await run((options) =>
      model.insertOne({ _id: tokenHash, userId: decodeUserId(userId), ...row, attempts: 0 }, options),
    );
  },

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

  reserve: async ({ tokenHash, now, busyUntil, maxAttempts }) => {
    const doc = await run((options) =>
      model
        .findOneAndUpdate(
          {
            _id: exactText(tokenHash),
            ...UNSPENT,
            expiresAt: { $gt: now },
            attempts: { $lt: maxAttempts },
            $or: [{ busyUntil: ABSENT }, { busyUntil: { $lte: now } }],
          },
          { $set: { busyUntil }, $inc: { attempts: 1 } },
          { ...options, returnDocument: 'after', projection: { attempts: 1 } },
        )
        .lean<Pick<TokenDoc, 'attempts'>>()
        .exec(),
    );
    return doc?.attempts;
  },

  release: async ({ tokenHash, attempts, refund }) => {
    await run((options) =>
      model
        .updateOne(
          {
            _id: exactText(tokenHash),
            ...UNSPENT,
            attempts: exactly(attempts),
            busyUntil: { $exists: true },
          },
          { $unset: { busyUntil: 1 }, ...(refund ? { $inc: { attempts: -1 } } : {}) },
          options,
        )
        .exec(),
    );
  },

  use: async ({ tokenHash, attempts, at }) => {
    const { matchedCount } = await run((options) =>
      model
        .updateOne(
          {
            _id: exactText(tokenHash),
            ...UNSPENT,
            expiresAt: { $gt: at },
            attempts: exactly(attempts),
            busyUntil: { $exists: true },
          },
          { $set: { usedAt: at }, $unset: { busyUntil: 1 } },
          options,
        )
        .exec(),
    );
    return matchedCount === 1;
  },

  void: async ({ tokenHash, reason, at }) => {
    const { matchedCount } = await run((options) =>
      model
        .updateOne(
          { _id: exactText(tokenHash), ...UNSPENT },
          { $set: { voidedAt: at, voidReason: reason }, $unset: { busyUntil: 1 } },
          options,
        )
        .exec(),
    );
    return matchedCount === 1;
  },

  voidOthers: async ({ userId, except, reason, at }) => {
    const { modifiedCount } = await run((options) =>
      model
        .updateMany(
          {
            userId: exactly(decodeUserId(userId)),
            _id: { $ne: String(except) },
            ...UNSPENT,
            expiresAt: { $gt: at },
          },
          { $set: { voidedAt: at, voidReason: reason }, $unset: { busyUntil: 1 } },
          options,
        )
        .exec(),
    );
    return modifiedCount;
  },
});
