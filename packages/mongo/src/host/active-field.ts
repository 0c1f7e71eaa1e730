import { lookedAt } from './advice.ts';
import type { HostDocument } from './collections.ts';
import type { HostReport } from './inspect-host.ts';
import { leadsThroughList, valueAt } from './path.ts';

/** Splits `!disabled` into the path and "inverted". Null when the host application has no such field. */
export const parseActiveField = (field: string | null): { path: string; inverted: boolean } | null => {
  if (field === null) return null;
  return field.startsWith('!') ? { path: field.slice(1), inverted: true } : { path: field, inverted: false };
};

/**
 * Active is: a missing or truthy value; for an inverted field: a missing or falsy value. A field behind a list cannot be read,
 * so such an account counts as not active.
 */
export const isActive = (document: HostDocument, field: string | null): boolean => {
  const parsed = parseActiveField(field);
  if (!parsed) return true;
  if (leadsThroughList(document, parsed.path)) return false;
  const value = valueAt(document, parsed.path);
  return value === undefined || Boolean(value) !== parsed.inverted;
};

/** Of the examined users: how many have the active field, and how many have a list on the path to it. */
export interface ActiveFieldUse {
  readonly found: number;
  readonly behindList: number;
}

/** Counts the values of {@link ActiveFieldUse} in `documents`. */
export const activeFieldUse = (documents: readonly HostDocument[], path: string): ActiveFieldUse => ({
  found: documents.filter((document) => valueAt(document, path) !== undefined).length,
  behindList: documents.filter((document) => leadsThroughList(document, path)).length,
});

/**
 * Problems and advice about the active field. With a misspelt field name every account counts as active, disabled accounts
 * included, so a field that no user has is a problem. One exception: an inverted field (`!disabled`) may be missing in a random
 * sample by chance, so there it is only advice.
 */
export const activeFieldSays = (
  report: Pick<HostReport, 'users' | 'examined' | 'complete' | 'activeField'>,
  active: { readonly inverted: boolean } | null,
): Pick<HostReport, 'problems' | 'advice'> => {
  const { examined, complete, activeField } = report;
  if (!active || !activeField || examined === 0) return { problems: [], advice: [] };

  const behindList =
    `${activeField.behindList} of ${lookedAt(report)} get no link, because the path of USERS_ACTIVE_FIELD leads through a ` +
    'list there and cannot be read: name a field outside of the list';
  const nowhere =
    `none of ${lookedAt(report)} has the field that USERS_ACTIVE_FIELD names, so every account counts as active: check the ` +
    'name (if no account was ever disabled, disable one and check that the field is found)';

  const unseen = activeField.found + activeField.behindList === 0;
  const certain = complete || !active.inverted;
  return {
    problems: [...(activeField.behindList > 0 ? [behindList] : []), ...(unseen && certain ? [nowhere] : [])],
    advice: unseen && !certain ? [nowhere] : [],
  };
};
