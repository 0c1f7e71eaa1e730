import { z } from 'zod';

/**
 * What travels through Redis: names, ids, a trace parent. Never an address, never a token. A queue's name and the shape of
 * its data are read by processes of other versions during a rolling update, so they only ever grow.
 */

/** Jobs for requests: who is it? */
export const RESET_REQUESTS = 'reset-requests';
/** Jobs for deliveries: mails that wait to leave. */
export const MAIL_DELIVERIES = 'mail-deliveries';
/** Every queue there is; a worker serves them all. */
export const QUEUE_NAMES = [RESET_REQUESTS, MAIL_DELIVERIES] as const;
/** One of {@link QUEUE_NAMES}. */
export type QueueName = (typeof QUEUE_NAMES)[number];

/** What a job is about; also its name in BullMQ. */
export type JobKind = 'request' | 'delivery';
export const QUEUE_OF: Readonly<Record<JobKind, QueueName>> = {
  request: RESET_REQUESTS,
  delivery: MAIL_DELIVERIES,
};

/** Name of the job by which a worker proves that its queue is being consumed. */
export const HEARTBEAT = 'heartbeat';

const JOB_VERSION = 1;
/** 55 characters today (W3C Trace Context); a later version may be longer, an attacker's may not. */
const MAX_TRACEPARENT = 100;
const jobData = z.strictObject({
  v: z.literal(JOB_VERSION),
  id: z.string().min(1).max(200),
  traceparent: z.string().max(MAX_TRACEPARENT).optional(),
});
/** All that a job carries. */
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
  /** Written by a newer version: not for this worker. */
  | { readonly kind: 'foreign_version' }
  /** Nothing of ours; the row, if there is one, will be found by the reconciler. */
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
 * `<kind>-<rowId>-<attempt>`. The attempt is part of it so that a job that is still somewhere (running, stalled) never
 * replaces the job of a later attempt. BullMQ forbids `:` in ids.
 */
export const jobIdOf = (kind: JobKind, rowId: string, attempt: number): string =>
  `${kind}-${rowId.replaceAll(':', '.')}-${attempt}`;

/** The attempt in a {@link jobIdOf}; 0 for an id that is none. */
export const attemptOfJob = (jobId: string | undefined): number =>
  Number(/-(\d{1,9})$/.exec(jobId ?? '')?.[1] ?? 0);
