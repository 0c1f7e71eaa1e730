import { z } from 'zod';

/**
 * The contents of the queues in Redis: names, ids, a trace parent; never an address, never a token. During a rolling update
 * processes of other versions read the names of the queues and the shape of the data, so both may only be extended.
 */

/** The queue of the jobs for requests, whose accounts have to be looked up. */
export const RESET_REQUESTS = 'reset-requests';
/** The queue of the jobs for deliveries, whose mails have to be sent. */
export const MAIL_DELIVERIES = 'mail-deliveries';
/** All queues; a worker process serves each of them. */
export const QUEUE_NAMES = [RESET_REQUESTS, MAIL_DELIVERIES] as const;
/** One of {@link QUEUE_NAMES}. */
export type QueueName = (typeof QUEUE_NAMES)[number];

/** The kind of row that a job is for; also the job's name in BullMQ. */
export type JobKind = 'request' | 'delivery';
export const QUEUE_OF: Readonly<Record<JobKind, QueueName>> = {
  request: RESET_REQUESTS,
  delivery: MAIL_DELIVERIES,
};

/** Name of the job by which a worker proves that it consumes its queue. */
export const HEARTBEAT = 'heartbeat';

const JOB_VERSION = 1;
/**
 * Upper bound in characters. A trace parent has 55 today (W3C Trace Context). A later version may be longer, but an attacker must
 * not be able to enlarge jobs without limit.
 */
const MAX_TRACEPARENT = 100;
const jobData = z.strictObject({
  v: z.literal(JOB_VERSION),
  id: z.string().min(1).max(200),
  traceparent: z.string().max(MAX_TRACEPARENT).optional(),
});
/** All data of a job. */
export type JobData = z.infer<typeof jobData>;

/** A job as its handler sees it. */
export interface QueuedJob {
  readonly id: string;
  /** The row's `attemptsMade` when the job was enqueued; not BullMQ's own count of attempts. */
  readonly attempt: number;
  readonly traceparent: string | null;
}

export type ParsedJob =
  | { readonly kind: 'known'; readonly job: Omit<QueuedJob, 'attempt'> }
  /** Written by a newer version, so this worker leaves it to others. */
  | { readonly kind: 'foreign_version' }
  /** No job of Latchkey. If a row belongs to it, the reconciler finds the row. */
  | { readonly kind: 'malformed' };

export const parseJobData = (data: unknown): ParsedJob => {
  const parsed = jobData.safeParse(data);

  if (parsed.success) {
    const { id, traceparent } = parsed.data;
    return { kind: 'known', job: { id, traceparent: traceparent ?? null } };
  }

  const version = z.object({ v: z.number() }).safeParse(data);
  return version.success && version.data.v !== JOB_VERSION
    ? { kind: 'foreign_version' }
    : { kind: 'malformed' };
};

export const toJobData = ({ id, traceparent }: { id: string; traceparent: string | null }): JobData =>
  traceparent === null || traceparent.length > MAX_TRACEPARENT
    ? { v: JOB_VERSION, id }
    : { v: JOB_VERSION, id, traceparent };

/**
 * `<kind>-<rowId>-<attempt>`. The attempt is part of the id, so that a job that is still in Redis (running, stalled) never takes
 * the place of a later attempt's job. BullMQ forbids `:` in ids.
 */
export const jobIdOf = (kind: JobKind, rowId: string, attempt: number): string =>
  `${kind}-${rowId.replaceAll(':', '.')}-${attempt}`;

/** The attempt in an id of {@link jobIdOf}; 0 for any other id. */
export const attemptOfJob = (jobId: string | undefined): number =>
  Number(/-(\d{1,9})$/.exec(jobId ?? '')?.[1] ?? 0);
