import type { RequestPasswordResetInput, RequestPasswordResetOutcome } from '@latchkey/password-reset';
import type { ApiMetrics } from '../metrics.ts';
import type { Builder } from './builder.ts';
import { invalidEmail, rateLimited, serviceUnavailable, type UserErrors } from './user-errors.ts';

export interface RequestPasswordResetFieldDeps {
  readonly requestPasswordReset: (input: RequestPasswordResetInput) => Promise<RequestPasswordResetOutcome>;
  /** A client's network as it may be stored. */
  readonly storedNetwork: (client: string) => string;
  readonly metrics: ApiMetrics;
}

/** `Mutation.requestPasswordReset`. */
export const addRequestPasswordReset = (
  builder: Builder,
  errors: UserErrors,
  { requestPasswordReset, storedNetwork, metrics }: RequestPasswordResetFieldDeps,
): void => {
  const Requested = builder
    .objectRef<
      Extract<RequestPasswordResetOutcome, { ok: true }> & { readonly type: 'PasswordResetRequested' }
    >('PasswordResetRequested')
    .implement({
      description:
        'Always the same, whoever asked. `reference` (R-XXXX-XXXX, Crockford base32) can be read out to support; it opens nothing.',
      fields: (t) => ({
        reference: t.exposeString('reference'),
        expiresInSeconds: t.exposeInt('expiresInSeconds'),
      }),
    });
  const Result = builder.unionType('RequestPasswordResetResult', {
    types: [Requested, errors.InvalidEmailError, errors.RateLimitedError, errors.ServiceUnavailableError],
    resolveType: ({ type }) => type,
  });
  const Input = builder.inputType('RequestPasswordResetInput', {
    fields: (t) => ({ email: t.string(), locale: t.string({ required: false }) }),
  });

  builder.mutationField('requestPasswordReset', (t) =>
    t.field({
      type: Result,
      args: { input: t.arg({ type: Input }) },
      resolve: async (_root, { input }, context) => {
        const client = context.client();
        const outcome = await requestPasswordReset({
          email: input.email,
          locale: input.locale ?? null,
          client,
          network: storedNetwork(client),
          userAgent: context.userAgent(),
          traceparent: context.traceparent(),
        });
        metrics.outcomes.inc({
          field: 'requestPasswordReset',
          outcome: outcome.ok ? 'requested' : outcome.reason,
        });

        if (outcome.ok) {
          if (!outcome.woken) metrics.unwoken.inc();
          return { type: 'PasswordResetRequested' as const, ...outcome };
        }
        if (outcome.reason === 'rate_limited') return rateLimited(context.retryAfter(outcome.retryAfterMs));
        return outcome.reason === 'invalid_email' ? invalidEmail : serviceUnavailable;
      },
    }),
  );
};
