import { numberOf } from '../bson/compare.ts';
import type { Doc } from '../bson/document.ts';
import { isNumeric, typeOf } from '../bson/types.ts';

/** The values that an expression can read. */
export interface Environment {
  /** The document: `$$ROOT`, and the start of `$a`. */
  readonly root: unknown;
  readonly vars: ReadonlyMap<string, unknown>;
}

/** The variables of one command (`let` and `$$NOW`). They are known when its expressions are compiled. */
export interface Scope {
  readonly vars: ReadonlyMap<string, unknown>;
  /** The cost of all regular expressions of the command so far. */
  readonly searching: { spentMs: number };
  environment(root: Doc): Environment;
}

export type Evaluate = (environment: Environment) => unknown;

export const createScope = (
  vars: ReadonlyMap<string, unknown>,
  searching: Scope['searching'] = { spentMs: 0 },
): Scope => ({
  vars,
  searching,
  environment: (root) => ({ root, vars }),
});

/** The scope with additional variables. */
export const extendScope = (scope: Scope, more: Iterable<readonly [string, unknown]>): Scope =>
  createScope(new Map([...scope.vars, ...more]), scope.searching);

/** A scope without `let`, for the filters of indexes and of the server itself. */
export const plainScope = (): Scope => createScope(new Map([['NOW', new Date()]]));

/** Whether a value counts as true in an expression: all values except false, null, missing and zero. */
export const truthy = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false) return false;
  return !isNumeric(typeOf(value)) || Number(numberOf(value)) !== 0;
};
