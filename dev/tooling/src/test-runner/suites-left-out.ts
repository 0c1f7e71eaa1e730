import type { Changes } from './changed-files.ts';
import { concerns, foldersNeeded, type TaskGraph } from './folders-needed.ts';

/** Workspaces that only development and tests run, and whose own tests take a third of the time of all. */
export const SELDOM_NEEDED = ['@latchkey/embedded-mongo', '@latchkey/dev-stack'] as const;

/** Those of them whose tests cannot end differently from those of the main branch; none when that is not known. */
export const suitesLeftOut = (changes: Changes | undefined, graph: TaskGraph): readonly string[] =>
  changes === undefined
    ? []
    : SELDOM_NEEDED.filter((name) => !concerns(changes.files, foldersNeeded(graph, `${name}#test`)));
