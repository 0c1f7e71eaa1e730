import { type Doc, isDoc, isOperatorDoc, setField } from '../bson/document.ts';
import { badValue, Fault } from '../errors.ts';
import { compileExpression } from './expression.ts';
import type { Environment, Evaluate, Scope } from './scope.ts';

/** Fields to compute, as a tree of paths. */
export interface ComputedNode {
  readonly children: Map<string, ComputedNode | Evaluate>;
}

export const createNode = (): ComputedNode => ({ children: new Map() });

const collision = (path: string): Fault => new Fault(31249, 'Location31249', `Path collision at ${path}`);

/** The parts of a field path that a stage may set. */
export const requireFieldParts = (path: string): string[] => {
  const parts = path.split('.');
  if (parts.some((part) => part === '')) throw badValue(`FieldPath '${path}' has an empty part`);
  if (parts.some((part) => part.startsWith('$')))
    throw new Fault(16410, 'Location16410', `FieldPath field names may not start with '$': ${path}`);
  return parts;
};

export const addComputed = (node: ComputedNode, path: string, evaluate: Evaluate): void => {
  const parts = requireFieldParts(path);
  const last = parts.pop() ?? '';
  let at = node;
  for (const part of parts) {
    const next = at.children.get(part) ?? createNode();
    if (typeof next === 'function') throw collision(path);
    at.children.set(part, next);
    at = next;
  }
  if (at.children.has(last)) throw collision(path);
  at.children.set(last, evaluate);
};

/** In `{ a: '$b', c: { d: 1 } }` a document without an operator is a branch; every other value is an expression. */
export const addFields = (node: ComputedNode, spec: Doc, scope: Scope, prefix = ''): void => {
  for (const [name, value] of Object.entries(spec)) {
    const path = prefix + name;
    if (isDoc(value) && !isOperatorDoc(value) && Object.keys(value).length > 0)
      addFields(node, value, scope, `${path}.`);
    else addComputed(node, path, compileExpression(value, scope));
  }
};

/** The document with the fields of the tree set. Existing fields keep their place; `$$REMOVE` deletes a field. */
export const applyComputed = (value: unknown, node: ComputedNode, environment: Environment): unknown => {
  if (Array.isArray(value)) return value.map((item) => applyComputed(item, node, environment));

  const out: Doc = {};
  if (isDoc(value)) for (const name of Object.keys(value)) setField(out, name, value[name]);
  for (const [name, child] of node.children) {
    const existing = Object.hasOwn(out, name) ? out[name] : undefined;
    const next =
      typeof child === 'function' ? child(environment) : applyComputed(existing, child, environment);
    if (next === undefined) delete out[name];
    else setField(out, name, next);
  }
  return out;
};
