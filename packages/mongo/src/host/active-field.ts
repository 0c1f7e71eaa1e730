import type { HostDocument } from './collections.ts';
import { valueAt } from './path.ts';

/** `!disabled` → the path and that it is inverted; null for a host that knows no such thing. */
export const parseActiveField = (field: string | null): { path: string; inverted: boolean } | null => {
  if (field === null) return null;
  return field.startsWith('!') ? { path: field.slice(1), inverted: true } : { path: field, inverted: false };
};

/** Missing or truthy is active; inverted: missing or falsy is active. */
export const isActive = (document: HostDocument, field: string | null): boolean => {
  const parsed = parseActiveField(field);
  if (!parsed) return true;
  const value = valueAt(document, parsed.path);
  return value === undefined || Boolean(value) !== parsed.inverted;
};
