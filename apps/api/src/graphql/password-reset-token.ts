import type { ApiVerbs } from '@latchkey/password-reset';
import type { ApiMetrics } from '../metrics.ts';
import type { Builder } from './builder.ts';

export interface PasswordResetTokenFieldDeps {
  readonly checkToken: ApiVerbs['checkToken'];
  readonly metrics: ApiMetrics;
}

/** Adds `Query.passwordResetToken`. */
export const addPasswordResetToken = (
  builder: Builder,
  { checkToken, metrics }: PasswordResetTokenFieldDeps,
): void => {
  const Status = builder.enumType('PasswordResetTokenStatus', {
    description: 'Whether a link would still work.',
    values: {
      VALID: { description: 'It would work now. It may be used, expire or be voided a moment later.' },
      INVALID: {
        description: 'Missing, malformed, unknown, used, expired or voided: which one is not told.',
      },
    } as const,
  });

  builder.queryField('passwordResetToken', (t) =>
    t.field({
      type: Status,
      description:
        'Whether a link would still work. Never consumes it; tells nothing else. Counts like an invalid redeem when it would not.',
      args: { token: t.arg.string({ description: 'What stands behind `#token=` in the link.' }) },
      resolve: async (_root, { token }, context) => {
        const { outcome } = await checkToken({ token, client: context.client() });
        metrics.outcomes.inc({ field: 'passwordResetToken', outcome });

        return outcome === 'valid' ? 'VALID' : 'INVALID';
      },
    }),
  );
};
