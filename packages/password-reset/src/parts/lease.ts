/**
 * How long a claimed row belongs to its worker. Longer than the hard deadline of a send (the worker's boot checks it), short
 * enough that three kills in a row still leave the mail inside two minutes. Correctness rests on the fence (leaseId), so a
 * lease that expires too early costs at worst the same mail twice.
 */
export const LEASE_MS = 30_000;

/**
 * The dueAt of a claimed row: the reconciler looks at rows that are `reconcileAfterMs` late, so this makes it look the moment
 * the lease expires.
 */
export const leaseTimes = (now: Date, reconcileAfterMs: number): { leaseUntil: Date; dueAt: Date } => ({
  leaseUntil: new Date(now.getTime() + LEASE_MS),
  dueAt: new Date(now.getTime() + Math.max(0, LEASE_MS - reconcileAfterMs)),
});
