import type { Backlog, DueWork } from '@latchkey/password-reset';
import type { Models } from '../models.ts';
import type { Run } from '../operation.ts';
import type { DeliveryDoc } from '../schemas/delivery.ts';
import type { RequestDoc } from '../schemas/request.ts';

type Due<Doc> = Pick<
  Doc & { dueAt: Date },
  Extract<keyof Doc, '_id' | 'attemptsMade' | 'state' | 'traceparent'> | 'dueAt'
>;

/** With the partial index's own condition (`$exists`) the planner may use that index, which contains only unsettled rows. */
const dueBetween = (from: Date | undefined, before: Date) => ({
  dueAt: { $exists: true, $lt: before, ...(from ? { $gte: from } : {}) },
});
const FIELDS = { attemptsMade: 1, dueAt: 1, state: 1, traceparent: 1 } as const;

const requestReason = (state: RequestDoc['state']): DueWork['reason'] => {
  if (state === 'minted') return 'link_expired';
  return state === 'claimed' ? 'lease_expired' : 'job_lost';
};

const deliveryReason = (state: DeliveryDoc['state']): DueWork['reason'] =>
  state === 'sending' ? 'lease_expired' : 'job_lost';

/** Reads the due rows of `latchkey_requests` and `latchkey_deliveries`, earliest first. */
export const createBacklog = ({
  models,
  run,
}: {
  models: Pick<Models, 'requests' | 'deliveries'>;
  run: Run;
}): Backlog => ({
  due: async ({ before, from, limit, skip = 0 }) => {
    const due = dueBetween(from, before);
    const requests = await run((options) =>
      models.requests
        .find(due, FIELDS, options)
        .sort({ dueAt: 1 })
        .limit(skip + limit)
        .lean<Due<RequestDoc>[]>()
        .exec(),
    );
    const deliveries = await run((options) =>
      models.deliveries
        .find(due, FIELDS, options)
        .sort({ dueAt: 1 })
        .limit(skip + limit)
        .lean<Due<DeliveryDoc>[]>()
        .exec(),
    );

    const work: DueWork[] = [
      ...requests.map((doc) => toWork('request', doc, requestReason(doc.state))),
      ...deliveries.map((doc) => toWork('delivery', doc, deliveryReason(doc.state))),
    ];
    return work.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime()).slice(skip, skip + limit);
  },
});

const toWork = (
  kind: DueWork['kind'],
  doc: { _id: string; attemptsMade: number; dueAt: Date; traceparent?: string },
  reason: DueWork['reason'],
): DueWork => ({
  kind,
  id: doc._id,
  attempt: doc.attemptsMade,
  dueAt: doc.dueAt,
  traceparent: doc.traceparent ?? null,
  reason,
});
