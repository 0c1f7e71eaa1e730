import type { ResetPasswordInput, ResetPasswordOutcome } from '@latchkey/password-reset';
import type { ApiMetrics } from '../metrics.ts';
import type { Builder } from './builder.ts';
import {
  invalidToken,
  passwordRejected,
  rateLimited,
  serviceUnavailable,
  type UserErrors,
} from './user-errors.ts';

export interface ResetPasswordFieldDeps {
  readonly resetPassword: (input: ResetPasswordInput) => Promise<ResetPasswordOutcome>;
  readonly metrics: ApiMetrics;
}

/** Adds `Mutation.resetPassword`. */
export const addResetPassword = (
  builder: Builder,
  errors: UserErrors,
  { resetPassword, metrics }: ResetPasswordFieldDeps,
): void => {
  const Reset = builder
    .objectRef<Extract<ResetPasswordOutcome, { outcome: 'reset' }> & { readonly type: 'PasswordReset' }>(
      'PasswordReset',
    )
    .implement({
      description: 'The password is changed, and every session that could be ended has ended.',
      fields: (t) => ({
        reference: t.exposeString('reference', { description: 'That of the request whose link was used.' }),
        sessionsRevoked: t.exposeInt('sessionsRevoked', {
          description: 'How many sessions were ended. JWTs and caches of the application are not among them.',
        }),
      }),
    });
  const Result = builder.unionType('ResetPasswordResult', {
    description: 'What came of using a link.',
    types: [
      Reset,
      errors.InvalidTokenError,
      errors.PasswordRejectedError,
      errors.RateLimitedError,
      errors.ServiceUnavailableError,
    ],
    resolveType: ({ type }) => type,
  });
  const Input = builder.inputType('ResetPasswordInput', {
    description: 'A link, and the password chosen with it.',
    fields: (t) => ({
      token: t.string({ description: 'What stands behind `#token=` in the link, exactly as it is.' }),
      newPassword: t.string({ description: 'Exactly as typed: nothing is trimmed.' }),
    }),
  });

  builder.mutationField('resetPassword', (t) =>
    t.field({
      type: Result,
      description:
        'Sets a new password by a link. Works once, ends sessions, voids every other link of the account and mails its owner.',
      args: { input: t.arg({ type: Input, description: 'The link, and the new password.' }) },
      resolve: async (_root, { input }, context) => {
        const result = await resetPassword({
          token: input.token,
          newPassword: input.newPassword,
          client: context.client(),
          userAgent: context.userAgent(),
        });
        metrics.outcomes.inc({ field: 'resetPassword', outcome: result.outcome });

        switch (result.outcome) {
          case 'reset':
            if (result.sessionsRevoked === 0) metrics.withoutSessions.inc();
            return { type: 'PasswordReset' as const, ...result };
          case 'rate_limited':
            return rateLimited(context.retryAfter(result.retryAfterMs));
          case 'password_rejected':
            return passwordRejected(result.rules);
          case 'invalid_token':
            return invalidToken;
          case 'unavailable':
            return serviceUnavailable;
        }
      },
    }),
  );
};
