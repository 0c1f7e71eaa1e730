import type { HostDocument } from './collections.ts';

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The value at a dotted path, or undefined. A path through an array or a driver type gives undefined. */
export const valueAt = (document: HostDocument, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => {
    return isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, document);

/** Whether a part of the path before its end is an array. `valueAt` then gives undefined although a value may exist. */
export const leadsThroughList = (document: HostDocument, path: string): boolean =>
  pathsAbove(path).some((above) => Array.isArray(valueAt(document, above)));

/**
 * A projection of these paths. The server refuses a projection with a path and a path below it, so the longer path is left out.
 */
export const projectionOf = (paths: readonly string[]): Record<string, 1> => {
  const covered = (path: string): boolean => paths.some((other) => path.startsWith(`${other}.`));
  return Object.fromEntries(paths.filter((path) => !covered(path)).map((path) => [path, 1]));
};

/** The paths above this one, outermost first: `a` and `a.b` for `a.b.c`. */
export const pathsAbove = (path: string): readonly string[] => {
  const keys = path.split('.');
  return keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.'));
};
