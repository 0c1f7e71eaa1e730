import type { DeliveryId, RequestId } from '../model/ids.ts';

/** Notifies the workers that a row is due. Rejects fast when the queue cannot be reached; nothing is lost by that. */
export interface JobQueue {
  request(job: NewJob<RequestId>): Promise<void>;
  delivery(job: NewJob<DeliveryId>): Promise<void>;
}

/** Which row, when, and its trace context. */
export interface NewJob<Id extends RequestId | DeliveryId = RequestId | DeliveryId> {
  readonly id: Id;
  /** The row's attempt count, so that a repeated job never collides with the job of an earlier attempt. */
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
}

/** What the reconciler asks of the queue before it enqueues again. */
export interface QueueState {
  /** Jobs of this kind waiting to be started now, delayed ones not counted. */
  depth(kind: 'request' | 'delivery'): Promise<number>;
  /** Whether the job of exactly this job is still there (waiting, delayed or active). */
  has(kind: 'request' | 'delivery', job: Pick<NewJob, 'id' | 'attempt'>): Promise<boolean>;
}
