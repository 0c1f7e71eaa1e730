export { createReconcile } from '../../src/reconcile/reconcile.ts';
export { clientAt, createFlow, type Flow, type FlowOptions } from './flow.ts';
export type { MemoryUser } from './memory-host.ts';
export {
  createMemoryHasher,
  createMemoryLimits,
  createMemoryMailer,
  createMemoryQueue,
  fakeBcrypt,
  type RecordedWake,
  SENT,
} from './memory-ports.ts';
export { createMemoryStore, type MemoryStore } from './memory-store.ts';
export { createMovingClock, type MovingClock } from './moving-clock.ts';
