/**
 * How long, in milliseconds, a claimed row belongs to its worker. Longer than the hard deadline of a send (the worker checks this
 * at boot), and short enough that three kills in a row still leave time for the mail within two minutes (decision 18).
 * Correctness depends on the fence (`leaseId`), so a lease that expires too early costs at worst the same mail twice.
 */
export const LEASE_MS = 30_000;

/**
 * The lease of a claimed row, and its `dueAt`. The reconciler looks at rows that are `reconcileAfterMs` late, so this `dueAt`
 * makes it look at the row as soon as the lease expires.
 */
export const leaseTimes = (now: Date, reconcileAfterMs: number): { leaseUntil: Date; dueAt: Date } => ({
  leaseUntil: new Date(now.getTime() + LEASE_MS),
  dueAt: new Date(now.getTime() + Math.max(0, LEASE_MS - reconcileAfterMs)),
});
