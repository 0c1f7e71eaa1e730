import type { Rule } from '@latchkey/runtime';

const WRITTEN = ['USERS_PASSWORD_FIELD', 'USERS_CREDENTIALS_CHANGED_AT_FIELD'];
const FIELDS = [
  ...WRITTEN,
  'USERS_EMAIL_FIELD',
  'USERS_ACTIVE_FIELD',
  'USERS_LOCALE_FIELD',
  'USERS_NAME_FIELD',
];

/** A field that a reset writes must not be the same as another field of the host application, nor lie above or below it. */
export const overlappingFields: Rule = (values) => {
  const pathOf = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value.replace(/^!/, '') : undefined;
  };

  return WRITTEN.flatMap((written) =>
    FIELDS.filter((other) => other !== written && overlap(pathOf(written), pathOf(other))).map(
      (other) => `${written} overlaps ${other}: writing one would change the other`,
    ),
  );
};

const overlap = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  (one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`));
