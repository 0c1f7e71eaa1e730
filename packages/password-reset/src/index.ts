export { accountWords, chooseAccount, whyIneligible } from './account.ts';
export { asciiLowerCase, limiterForm, lookupForms, maskAddress, parseAddress } from './address.ts';
export { type CheckTokenDeps, createCheckToken } from './check-token.ts';
export { createComposeMail } from './compose-mail.ts';
export {
  createDeliverMail,
  type DeliverMailDeps,
  type DeliverMailOutcome,
  type DeliveryFacts,
} from './deliver-mail.ts';
export * from './errors.ts';
export { bcryptPrefix } from './hash-format.ts';
export { createIdentifiers, type Identifiers } from './identifiers.ts';
export { LEASE_MS } from './lease.ts';
export { createMintLink } from './mint-link.ts';
export * from './model.ts';
export {
  commonPasswordCount,
  createPasswordPolicy,
  MAX_PASSWORD_BYTES,
  PASSWORD_RULES,
  type PasswordNormalization,
  type PasswordPolicy,
  type PasswordRule,
} from './password-policy.ts';
export type * from './ports.ts';
export {
  createProcessRequest,
  type ProcessRequestDeps,
  type ProcessRequestOutcome,
} from './process-request.ts';
export { createReconcile, type ReconcileDeps, type ReconcileOutcome } from './reconcile.ts';
export {
  createRequestPasswordReset,
  type RequestPasswordResetDeps,
  type RequestPasswordResetInput,
  type RequestPasswordResetOutcome,
} from './request-password-reset.ts';
export {
  createResetPassword,
  RESERVATION_MS,
  type ResetPasswordDeps,
  type ResetPasswordInput,
  type ResetPasswordOutcome,
} from './reset-password.ts';
export { createSpendLink } from './spend-link.ts';
export {
  createTokenKeys,
  hashToken,
  MAX_ATTEMPTS,
  MAX_LIVE_LINKS,
  resetLink,
  type TokenKey,
  type TokenKeys,
} from './token.ts';
