import type { GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.ts';
import { addPasswordPolicy } from './password-policy.ts';
import { addPasswordResetToken, type PasswordResetTokenFieldDeps } from './password-reset-token.ts';
import { addRequestPasswordReset, type RequestPasswordResetFieldDeps } from './request-password-reset.ts';
import { addResetPassword, type ResetPasswordFieldDeps } from './reset-password.ts';
import { defineUserErrors } from './user-errors.ts';

export type SchemaDeps = RequestPasswordResetFieldDeps &
  ResetPasswordFieldDeps &
  PasswordResetTokenFieldDeps & { readonly policy: Parameters<typeof addPasswordPolicy>[2] };

/** Builds the whole schema. `apps/api/schema.graphql` is its printed form. */
export const createSchema = (deps: SchemaDeps): GraphQLSchema => {
  const builder = createBuilder();
  const errors = defineUserErrors(builder);

  addPasswordPolicy(builder, errors, deps.policy);
  addPasswordResetToken(builder, deps);
  addRequestPasswordReset(builder, errors, deps);
  addResetPassword(builder, errors, deps);

  return builder.toSchema();
};
