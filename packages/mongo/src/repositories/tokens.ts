import type { TokenRow, Tokens } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly, exactText } from '../exactly.ts';
import { insertRow } from '../insert-row.ts';
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
  reservationId: doc.reservationId ?? null,
  usedAt: doc.usedAt ?? null,
  voidedAt: doc.voidedAt ?? null,
  voidReason: doc.voidReason ?? null,
  mintedAt: doc.mintedAt,
  expiresAt: doc.expiresAt,
});

const ABSENT = { $exists: false } as const;
const UNSPENT = { usedAt: ABSENT, voidedAt: ABSENT } as const;
const RESERVATION = { busyUntil: 1, reservationId: 1 } as const;

/** `latchkey_tokens`. */
export const createTokens = ({ model, run }: { model: Model<TokenDoc>; run: Run }): Tokens => ({
  insert: async ({ tokenHash, userId, ...row }) => {
    const stored = { _id: tokenHash, userId: decodeUserId(userId), ...row, attempts: 0 };
    await insertRow({ model, run, row: stored });
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

  reserve: async ({ tokenHash, reservationId, now, busyUntil, maxAttempts }) => {
    const doc = await run(async (options, again) => {
      const reserved = await model
        .findOneAndUpdate(
          {
            _id: exactText(tokenHash),
            ...UNSPENT,
            expiresAt: { $gt: now },
            attempts: { $lt: maxAttempts },
            $or: [{ busyUntil: ABSENT }, { busyUntil: { $lte: now } }],
          },
          { $set: { busyUntil, reservationId }, $inc: { attempts: 1 } },
          { ...options, returnDocument: 'after', projection: { attempts: 1 } },
        )
        .lean<Pick<TokenDoc, 'attempts'>>()
        .exec();
      if (reserved || !again) return reserved;
      return model
        .findOne(
          { _id: exactText(tokenHash), reservationId: exactText(reservationId) },
          { attempts: 1 },
          options,
        )
        .lean<Pick<TokenDoc, 'attempts'>>()
        .exec();
    });
    return doc?.attempts;
  },

  release: async ({ tokenHash, reservationId, cost }) => {
    const { matchedCount } = await run((options) =>
      model
        .updateOne(
          { _id: exactText(tokenHash), ...UNSPENT, reservationId: exactText(reservationId) },
          { $unset: RESERVATION, $inc: { attempts: cost - 1 } },
          options,
        )
        .exec(),
    );
    return matchedCount === 1;
  },

  use: async ({ tokenHash, reservationId, at }) => {
    const { matchedCount } = await run((options) =>
      model
        .updateOne(
          {
            _id: exactText(tokenHash),
            ...UNSPENT,
            expiresAt: { $gt: at },
            reservationId: exactText(reservationId),
          },
          { $set: { usedAt: at }, $unset: RESERVATION },
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
          { $set: { voidedAt: at, voidReason: reason }, $unset: RESERVATION },
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
          { $set: { voidedAt: at, voidReason: reason }, $unset: RESERVATION },
          options,
        )
        .exec(),
    );
    return modifiedCount;
  },
});
