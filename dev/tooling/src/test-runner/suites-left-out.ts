import type { Changes } from './changed-files.ts';
import { concerns, foldersNeeded, type TaskGraph } from './folders-needed.ts';

/** Workspaces that only development and tests run, and whose own tests take a third of the time of all. */
export const SELDOM_NEEDED = ['@latchkey/embedded-mongo', '@latchkey/dev-stack'] as const;

/** Settings that name an engine. The two suites may read them, and a changed engine is no changed file. */
const NAMES_AN_ENGINE = /^(MONGODB_URI|MONGO_BACKEND|MONGOMS_|REDIS_URL)/;

/** Whether no suite may be left out: the caller says so or names suites, it is CI, or an engine other than the usual is named. */
export const runsEverything = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean =>
  args.some((arg) => /^(--all$|--filter|-F)/.test(arg)) ||
  !['', 'false', '0', undefined].includes(env['CI']) ||
  Object.keys(env).some((name) => NAMES_AN_ENGINE.test(name) && env[name] !== '');

/** Those of them whose tests cannot end differently from those of the main branch; none when that is not known. */
export const suitesLeftOut = (changes: Changes | undefined, graph: TaskGraph): readonly string[] =>
  changes === undefined
    ? []
    : SELDOM_NEEDED.filter((name) => !concerns(changes.files, foldersNeeded(graph, `${name}#test`)));
