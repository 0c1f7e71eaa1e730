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

/** `Mutation.resetPassword`. */
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
      description: "`reference` is the request's.",
      fields: (t) => ({
        reference: t.exposeString('reference'),
        sessionsRevoked: t.exposeInt('sessionsRevoked'),
      }),
    });
  const Result = builder.unionType('ResetPasswordResult', {
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
    fields: (t) => ({ token: t.string(), newPassword: t.string() }),
  });

  builder.mutationField('resetPassword', (t) =>
    t.field({
      type: Result,
      args: { input: t.arg({ type: Input }) },
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
