import type { RequestPasswordResetInput, RequestPasswordResetOutcome } from '@latchkey/password-reset';
import type { ApiMetrics } from '../metrics.ts';
import type { Builder } from './builder.ts';
import { invalidEmail, rateLimited, serviceUnavailable, type UserErrors } from './user-errors.ts';

export interface RequestPasswordResetFieldDeps {
  readonly requestPasswordReset: (input: RequestPasswordResetInput) => Promise<RequestPasswordResetOutcome>;
  readonly metrics: ApiMetrics;
}

/** Adds `Mutation.requestPasswordReset`. */
export const addRequestPasswordReset = (
  builder: Builder,
  errors: UserErrors,
  { requestPasswordReset, metrics }: RequestPasswordResetFieldDeps,
): void => {
  const Requested = builder
    .objectRef<
      Extract<RequestPasswordResetOutcome, { outcome: 'requested' }> & {
        readonly type: 'PasswordResetRequested';
      }
    >('PasswordResetRequested')
    .implement({
      description:
        'Always the same, whoever asked. `reference` (R-XXXX-XXXX, Crockford base32) can be read out to support; it opens nothing.',
      fields: (t) => ({
        reference: t.exposeString('reference', {
          description: 'Names this request to support.',
        }),
        expiresInSeconds: t.exposeInt('expiresInSeconds', {
          description: 'How long a link lasts once it has been made, in seconds. Told to everybody alike.',
        }),
      }),
    });
  const Result = builder.unionType('RequestPasswordResetResult', {
    description: 'What came of asking for a link. It never tells whether the address has an account.',
    types: [Requested, errors.InvalidEmailError, errors.RateLimitedError, errors.ServiceUnavailableError],
    resolveType: ({ type }) => type,
  });
  const Input = builder.inputType('RequestPasswordResetInput', {
    description: 'For whom a link is asked.',
    fields: (t) => ({
      email: t.string({ description: 'The address as typed. White space around it is ignored.' }),
      locale: t.string({
        required: false,
        description:
          'Wished language of the mail, a BCP 47 tag such as `de-AT`. The language of the account comes first.',
      }),
    }),
  });

  builder.mutationField('requestPasswordReset', (t) =>
    t.field({
      type: Result,
      description:
        'Asks for a mail with a link to choose a new password. The answer is the same for every well-formed address, and mails leave later.',
      args: { input: t.arg({ type: Input, description: 'For whom, and in which language.' }) },
      resolve: async (_root, { input }, context) => {
        const result = await requestPasswordReset({
          email: input.email,
          locale: input.locale ?? null,
          client: context.client(),
          userAgent: context.userAgent(),
          traceparent: context.traceparent(),
        });
        metrics.outcomes.inc({ field: 'requestPasswordReset', outcome: result.outcome });

        switch (result.outcome) {
          case 'requested':
            if (!result.enqueued) metrics.notEnqueued.inc();
            return { type: 'PasswordResetRequested' as const, ...result };
          case 'rate_limited':
            return rateLimited(context.retryAfter(result.retryAfterMs));
          case 'invalid_email':
            return invalidEmail;
          case 'unavailable':
            return serviceUnavailable;
        }
      },
    }),
  );
};
