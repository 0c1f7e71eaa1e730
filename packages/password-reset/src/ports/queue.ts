import type { DeliveryId, RequestId } from '../model/ids.ts';

/**
 * Enqueues jobs for rows that wait for work. Rejects fast when Redis cannot be reached; no work is lost then, because the row
 * stays due.
 */
export interface JobQueue {
  request(job: NewJob<RequestId>): Promise<void>;
  delivery(job: NewJob<DeliveryId>): Promise<void>;
}

/** Which row a job is for, when it is due, and its trace context. */
export interface NewJob<Id extends RequestId | DeliveryId = RequestId | DeliveryId> {
  readonly id: Id;
  /** The row's attempt count. It is part of the job's id, so that no job has the id of an earlier attempt's job. */
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
}

/** What the reconciler reads from the queue before it enqueues a job again. */
export interface QueueState {
  /** Number of jobs of this kind that could start now; delayed jobs are not counted. */
  depth(kind: 'request' | 'delivery'): Promise<number>;
  /** Whether exactly this job is still in the queue (waiting, delayed or active). */
  has(kind: 'request' | 'delivery', job: Pick<NewJob, 'id' | 'attempt'>): Promise<boolean>;
}
