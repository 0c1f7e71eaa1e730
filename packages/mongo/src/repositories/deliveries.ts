import type { Deliveries, DeliveryAttempt, DeliveryRow } from '@latchkey/password-reset';
import type { Model } from 'mongoose';
import { exactly, exactText } from '../exactly.ts';
import { insertRow } from '../insert-row.ts';
import { withoutNulls } from '../nulls.ts';
import { type Run, won } from '../operation.ts';
import { createRowCodec } from '../row-codec.ts';
import { type DeliveryDoc, deliverySchema } from '../schemas/delivery.ts';

/**
 * Copies the known fields only, for reading and for writing. An unknown field from a mailer would make the schema refuse the
 * write, although the mail was sent.
 */
const toAttempt = (stored: DeliveryAttempt): DeliveryAttempt => ({
  at: stored.at,
  provider: stored.provider,
  phase: stored.phase,
  code: stored.code ?? null,
  enhancedCode: stored.enhancedCode ?? null,
  class: stored.class,
  ms: stored.ms,
});

const { toRow, toStored } = createRowCodec<DeliveryRow, 'deliveryId', DeliveryDoc>({
  schema: deliverySchema,
  id: 'deliveryId',
  readers: {
    attempts: (stored) => stored.map(toAttempt),
    endSessions: (stored) => stored ?? false,
  },
  omit: ['purgeAt'],
});

const LEASE = { leaseId: 1, leaseUntil: 1 } as const;
/** Personal data that a settled row no longer needs. */
const PERSONAL = { to: 1, name: 1 } as const;
const WAITING: DeliveryDoc['state'][] = ['pending', 'deferred', 'ambiguous'];

const claimable = (deliveryId: string, now: Date) => ({
  _id: exactText(deliveryId),
  $or: [
    { state: { $in: WAITING }, dueAt: { $lte: now } },
    { state: 'sending' as const, leaseUntil: { $lte: now } },
  ],
});

/** Deliveries in `latchkey_deliveries`. */
export const createDeliveries = ({ model, run }: { model: Model<DeliveryDoc>; run: Run }): Deliveries => ({
  insert: (row) =>
    insertRow({ model, run, row: { ...toStored(row), state: 'pending', attemptsMade: 0, attempts: [] } }),

  find: async (deliveryId) => {
    const doc = await run((options) =>
      model
        .findOne({ _id: exactText(deliveryId) }, null, options)
        .lean<DeliveryDoc>()
        .exec(),
    );
    return doc ? toRow(doc) : undefined;
  },

  statesOf: async (deliveryIds) => {
    const docs = await run((options) =>
      model
        .find({ _id: { $in: deliveryIds.map(String) } }, { state: 1 }, options)
        .lean<Pick<DeliveryDoc, '_id' | 'state'>[]>()
        .exec(),
    );
    return new Map(docs.map(({ _id, state }) => [_id, state]));
  },

  claim: async ({ deliveryId, leaseId, now, leaseUntil, dueAt, messageId, templateVersion }) => {
    const doc = await run(async (options, again) => {
      const claimed = await model
        .findOneAndUpdate(
          claimable(deliveryId, now),
          {
            $set: { state: 'sending', leaseId, leaseUntil, dueAt, messageId, templateVersion },
            $inc: { attemptsMade: 1 },
          },
          { ...options, returnDocument: 'after' },
        )
        .lean<DeliveryDoc>()
        .exec();
      if (claimed || !again) return claimed;
      return model
        .findOne({ _id: exactText(deliveryId), state: 'sending', leaseId: exactText(leaseId) }, null, options)
        .lean<DeliveryDoc>()
        .exec();
    });
    return doc ? toRow(doc) : undefined;
  },

  settle: async ({ deliveryId, leaseId, state, reason, attempt, purgeAt }) => {
    return won(run, (options) =>
      model
        .updateOne(
          { _id: exactText(deliveryId), state: 'sending', leaseId: exactText(leaseId) },
          {
            $set: { state, purgeAt, ...withoutNulls({ reason }) },
            $push: { attempts: toAttempt(attempt) },
            $unset: { ...LEASE, ...PERSONAL, dueAt: 1 },
          },
          options,
        )
        .exec(),
    );
  },

  retry: async ({ deliveryId, leaseId, state, dueAt, attempt }) => {
    return run(async (options, again) => {
      const { matchedCount } = await model
        .updateOne(
          { _id: exactText(deliveryId), state: 'sending', leaseId: exactText(leaseId) },
          { $set: { state, dueAt }, $push: { attempts: toAttempt(attempt) }, $unset: LEASE },
          options,
        )
        .exec();
      if (matchedCount === 1 || !again) return matchedCount === 1;
      const row = { _id: exactText(deliveryId), state, dueAt: exactly(dueAt) };
      return (await model.findOne(row, { _id: 1 }, options).lean().exec()) !== null;
    });
  },

  postpone: async ({ deliveryId, attemptsMade, now, dueAt }) => {
    return run(async (options, again) => {
      const { matchedCount } = await model
        .updateOne(
          { ...claimable(deliveryId, now), attemptsMade: exactly(attemptsMade) },
          { $set: { dueAt } },
          options,
        )
        .exec();
      if (matchedCount === 1 || !again) return matchedCount === 1;
      const row = { _id: exactText(deliveryId), attemptsMade: exactly(attemptsMade), dueAt: exactly(dueAt) };
      return (await model.findOne(row, { _id: 1 }, options).lean().exec()) !== null;
    });
  },

  dismiss: async ({ deliveryId, attemptsMade, now, state, reason, purgeAt }) => {
    return won(run, (options) =>
      model
        .updateOne(
          {
            _id: exactText(deliveryId),
            attemptsMade: exactly(attemptsMade),
            $or: [{ state: { $in: WAITING } }, { state: 'sending', leaseUntil: { $lte: now } }],
          },
          { $set: { state, reason, purgeAt }, $unset: { ...LEASE, ...PERSONAL, dueAt: 1 } },
          options,
        )
        .exec(),
    );
  },

  sessionsEnded: async (deliveryId) => {
    await run((options) =>
      model.updateOne({ _id: exactText(deliveryId) }, { $unset: { endSessions: 1 } }, options).exec(),
    );
  },
});
