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
  /** A client's network as it may be stored. */
  readonly storedNetwork: (client: string) => string;
  readonly metrics: ApiMetrics;
}

/** `Mutation.resetPassword`. */
export const addResetPassword = (
  builder: Builder,
  errors: UserErrors,
  { resetPassword, storedNetwork, metrics }: ResetPasswordFieldDeps,
): void => {
  const Reset = builder
    .objectRef<Extract<ResetPasswordOutcome, { ok: true }> & { readonly type: 'PasswordReset' }>(
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
        const client = context.client();
        const outcome = await resetPassword({
          token: input.token,
          newPassword: input.newPassword,
          client,
          network: storedNetwork(client),
          userAgent: context.userAgent(),
        });
        metrics.outcomes.inc({ field: 'resetPassword', outcome: outcome.ok ? 'reset' : outcome.reason });

        if (outcome.ok && outcome.sessionsRevoked === 0) metrics.withoutSessions.inc();
        if (outcome.ok) return { type: 'PasswordReset' as const, ...outcome };
        if (outcome.reason === 'rate_limited') return rateLimited(context.retryAfter(outcome.retryAfterMs));
        if (outcome.reason === 'password_rejected') return passwordRejected(outcome.rules);
        return outcome.reason === 'invalid_token' ? invalidToken : serviceUnavailable;
      },
    }),
  );
};
