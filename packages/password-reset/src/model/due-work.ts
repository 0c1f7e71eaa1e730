/** An unsettled row that is past its `dueAt`. */
export interface DueWork {
  readonly kind: 'request' | 'delivery';
  readonly id: string;
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
  /**
   * job_lost: no worker has the work, and it has no job. lease_expired: a worker started it and stopped before its end. link_expired: the link
   * of a minted request has ended, so the request has to be closed.
   */
  readonly reason: 'job_lost' | 'lease_expired' | 'link_expired';
}
