export { createReconcile } from '../../src/reconcile/reconcile.ts';
export { clientAt, createFlow, type FlowOptions } from './flow.ts';
export {
  createMemoryHasher,
  createMemoryLimits,
  createMemoryMailer,
  createMemoryQueue,
  fakeBcrypt,
  SENT,
} from './memory-ports.ts';
export { createMemoryStore, type MemoryStore } from './memory-store.ts';
export { createMovingClock } from './moving-clock.ts';
