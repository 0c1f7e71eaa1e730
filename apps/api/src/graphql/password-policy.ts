import type { PasswordPolicy } from '@latchkey/password-reset';
import type { Builder } from './builder.ts';
import type { UserErrors } from './user-errors.ts';

/** Adds `Query.passwordPolicy`. */
export const addPasswordPolicy = (
  builder: Builder,
  { PasswordRule }: UserErrors,
  policy: Pick<PasswordPolicy, 'minLength' | 'maxBytes' | 'rules'>,
): void => {
  const Policy = builder
    .objectRef<Pick<PasswordPolicy, 'minLength' | 'maxBytes' | 'rules'>>('PasswordPolicy')
    .implement({
      description: 'The rules for new passwords (NIST SP 800-63B: length and lists, no character classes).',
      fields: (t) => ({
        minLength: t.exposeInt('minLength', {
          description: 'Least number of characters (Unicode code points).',
        }),
        maxBytes: t.exposeInt('maxBytes', { description: 'Most bytes in UTF-8: bcrypt reads no more.' }),
        rules: t.field({
          type: [PasswordRule],
          description: 'Every rule that a password is held against.',
          resolve: ({ rules }) => [...rules],
        }),
      }),
    });

  builder.queryField('passwordPolicy', (t) =>
    t.field({
      type: Policy,
      description: 'What a new password must satisfy, for forms.',
      resolve: () => policy,
    }),
  );
};
