import { compareSync, genSaltSync, hashSync } from 'bcryptjs';

/** A task for a hashing thread. This file imports no code of this repository, so it starts from sources and from a build. */
export type HashTask =
  | { readonly kind: 'hash'; readonly password: string; readonly prefix: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly password: string; readonly hash: string };

/**
 * Returns the hash (`hash`), or whether the password belongs to the hash (`compare`).
 * @public Piscina calls it.
 */
export default (task: HashTask): string | boolean =>
  task.kind === 'hash'
    ? hashSync(task.password, withPrefix(genSaltSync(task.cost), task.prefix))
    : compareSync(task.password, task.hash);

/** The hash takes its prefix from the salt, so the salt gets the wanted prefix. */
const withPrefix = (salt: string, prefix: string): string => `${prefix}${salt.slice(4)}`;
