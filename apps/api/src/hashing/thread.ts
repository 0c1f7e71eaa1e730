import { compareSync, genSaltSync, hashSync } from 'bcryptjs';

/** What a hashing thread is asked. Imports nothing of ours, so that it starts alike from sources and from a build. */
export type HashTask =
  | { readonly kind: 'hash'; readonly password: string; readonly prefix: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly password: string; readonly hash: string };

/**
 * Answers the hash, or whether the password is the one behind it.
 * @public piscina calls it.
 */
export default (task: HashTask): string | boolean =>
  task.kind === 'hash'
    ? hashSync(task.password, withPrefix(genSaltSync(task.cost), task.prefix))
    : compareSync(task.password, task.hash);

/** A salt begins like the hash made with it. */
const withPrefix = (salt: string, prefix: string): string => `${prefix}${salt.slice(4)}`;
