import type { PasswordPolicy } from '@latchkey/password-reset';
import type { Builder } from './builder.ts';
import type { UserErrors } from './user-errors.ts';

/** `Query.passwordPolicy`. */
export const addPasswordPolicy = (
  builder: Builder,
  { PasswordRule }: UserErrors,
  policy: Pick<PasswordPolicy, 'minLength' | 'maxBytes' | 'rules'>,
): void => {
  const Policy = builder
    .objectRef<Pick<PasswordPolicy, 'minLength' | 'maxBytes' | 'rules'>>('PasswordPolicy')
    .implement({
      fields: (t) => ({
        minLength: t.exposeInt('minLength'),
        maxBytes: t.exposeInt('maxBytes'),
        rules: t.field({ type: [PasswordRule], resolve: ({ rules }) => [...rules] }),
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
