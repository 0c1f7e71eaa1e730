import { numberOf } from '../bson/compare.ts';
import type { Doc } from '../bson/document.ts';
import { isNumeric, typeOf } from '../bson/types.ts';

/** What an expression is evaluated against. */
export interface Environment {
  /** `$$ROOT`, and where `$a` starts. */
  readonly root: unknown;
  readonly vars: ReadonlyMap<string, unknown>;
}

/** The variables of one command (`let` and `$$NOW`), known when its expressions are compiled. */
export interface Scope {
  readonly vars: ReadonlyMap<string, unknown>;
  /** What all regular expressions of the command have taken so far. */
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

/** The scope with more variables in it. */
export const extendScope = (scope: Scope, more: Iterable<readonly [string, unknown]>): Scope =>
  createScope(new Map([...scope.vars, ...more]), scope.searching);

/** A scope without `let`, for filters that an index or the server itself holds. */
export const plainScope = (): Scope => createScope(new Map([['NOW', new Date()]]));

/** What counts as true in an expression: everything but false, null, missing and zero. */
export const truthy = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false) return false;
  return !isNumeric(typeOf(value)) || Number(numberOf(value)) !== 0;
};
