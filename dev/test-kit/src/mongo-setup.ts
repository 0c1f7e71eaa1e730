import { startMongo } from '@latchkey/dev-stack';
import type { TestProject } from 'vitest/node';

/** The MongoDB that a run of tests shares. */
export interface SharedMongo {
  readonly uri: string;
  /** Where it came from, for people. */
  readonly source: string;
  readonly backend: 'given' | 'mongod' | 'embedded';
  /** Whether it is the embedded stand-in, also where MONGODB_URI names one. */
  readonly standIn: boolean;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly mongo: SharedMongo;
  }
}

/**
 * Vitest's global set-up of every workspace whose tests need a MongoDB: one server for all files, chosen as dev-stack
 * chooses it. Each file has a database of its own in it (`mongo.ts`).
 */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { uri, source, backend, standIn, stop } = await startMongo({
    log: (line) => void process.stdout.write(`${project.name}: ${line}\n`),
  });
  project.provide('mongo', { uri, source, backend, standIn });
  return stop;
};
export default setup;
