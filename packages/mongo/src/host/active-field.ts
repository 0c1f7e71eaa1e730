import { lookedAt } from './advice.ts';
import type { HostDocument } from './collections.ts';
import type { HostReport } from './inspect-host.ts';
import { leadsThroughList, valueAt } from './path.ts';

/** `!disabled` → the path and that it is inverted; null for a host that knows no such thing. */
export const parseActiveField = (field: string | null): { path: string; inverted: boolean } | null => {
  if (field === null) return null;
  return field.startsWith('!') ? { path: field.slice(1), inverted: true } : { path: field, inverted: false };
};

/** Missing or truthy is active; inverted: missing or falsy is active. Behind a list the flag cannot be read: not active. */
export const isActive = (document: HostDocument, field: string | null): boolean => {
  const parsed = parseActiveField(field);
  if (!parsed) return true;
  if (leadsThroughList(document, parsed.path)) return false;
  const value = valueAt(document, parsed.path);
  return value === undefined || Boolean(value) !== parsed.inverted;
};

/** Of the users that were looked at: how many have the active field, and how many keep a list on the way to it. */
export interface ActiveFieldUse {
  readonly found: number;
  readonly behindList: number;
}

/** Counts what {@link ActiveFieldUse} tells. */
export const activeFieldUse = (documents: readonly HostDocument[], path: string): ActiveFieldUse => ({
  found: documents.filter((document) => valueAt(document, path) !== undefined).length,
  behindList: documents.filter((document) => leadsThroughList(document, path)).length,
});

/**
 * A misspelt name makes everybody active, disabled accounts included. In a random sample a flag that only disabled users have may
 * be missing by chance, so there it is advice.
 */
export const activeFieldSays = (
  report: Pick<HostReport, 'users' | 'examined' | 'complete' | 'activeField'>,
  active: { readonly inverted: boolean } | null,
): Pick<HostReport, 'problems' | 'advice'> => {
  const { examined, complete, activeField } = report;
  if (!active || !activeField || examined === 0) return { problems: [], advice: [] };

  const behindList =
    `${activeField.behindList} of ${lookedAt(report)} get no link, since the path of USERS_ACTIVE_FIELD leads through a list ` +
    'there and cannot be read: name a field outside of it';
  const nowhere =
    `none of ${lookedAt(report)} has the field that USERS_ACTIVE_FIELD names, so every account counts as active: check its name ` +
    '(if nobody was ever disabled, disable one account to see that it is found)';

  const unseen = activeField.found + activeField.behindList === 0;
  const certain = complete || !active.inverted;
  return {
    problems: [...(activeField.behindList > 0 ? [behindList] : []), ...(unseen && certain ? [nowhere] : [])],
    advice: unseen && !certain ? [nowhere] : [],
  };
};
