/** A row whose time has come without anyone having enqueued it. */
export interface DueWork {
  readonly kind: 'request' | 'delivery';
  readonly id: string;
  readonly attempt: number;
  readonly dueAt: Date;
  readonly traceparent: string | null;
  /** job_lost: nobody started it. lease_expired: somebody did and vanished. link_expired: a minted request to close. */
  readonly reason: 'job_lost' | 'lease_expired' | 'link_expired';
}
