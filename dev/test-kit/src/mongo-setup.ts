import { startMongo } from '@latchkey/dev-stack';
import type { TestProject } from 'vitest/node';

/** The MongoDB that all tests of a run share. */
export interface SharedMongo {
  readonly uri: string;
  /** Where the server came from, as a text for developers. */
  readonly source: string;
  readonly backend: 'given' | 'mongod' | 'embedded';
  /** Whether it is the embedded stand-in. This is also true if MONGODB_URI names one. */
  readonly standIn: boolean;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly mongo: SharedMongo;
  }
}

/**
 * Global set-up of Vitest for every workspace whose tests need a MongoDB. It starts one server for all files, by the rules of
 * dev-stack. Each file uses its own database in it (`mongo.ts`).
 */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const { uri, source, backend, standIn, stop } = await startMongo({
    log: (line) => void process.stdout.write(`${project.name}: ${line}\n`),
  });
  project.provide('mongo', { uri, source, backend, standIn });
  return stop;
};
export default setup;
