export { asciiLowerCase, lookupForms, parseAddress } from './address.ts';
export { createCheckToken } from './check-token.ts';
export { createComposeMail } from './compose-mail.ts';
export {
  createDeliverMail,
  type DeliverMailOutcome,
} from './deliver-mail.ts';
export { createEndLateSessions, type EndLateSessionsOutcome } from './end-late-sessions.ts';
export * from './errors.ts';
export { bcryptPrefix } from './hash-format.ts';
export { createIdentifiers, type Identifiers } from './identifiers.ts';
export { LEASE_MS } from './lease.ts';
export { createMintLink } from './mint-link.ts';
export * from './model.ts';
export {
  commonPasswordCount,
  createPasswordPolicy,
  PASSWORD_RULES,
  type PasswordNormalization,
  type PasswordPolicy,
  type PasswordRule,
} from './password-policy.ts';
export type * from './ports.ts';
export {
  createProcessRequest,
  type ProcessRequestOutcome,
} from './process-request.ts';
export { createReconcile, type ReconcileOutcome } from './reconcile.ts';
export {
  createRequestPasswordReset,
  type RequestPasswordResetInput,
  type RequestPasswordResetOutcome,
} from './request-password-reset.ts';
export {
  createResetPassword,
  type ResetPasswordInput,
  type ResetPasswordOutcome,
} from './reset-password.ts';
export { createSpendLink } from './spend-link.ts';
export {
  createTokenKeys,
  type TokenKey,
  type TokenKeys,
} from './token.ts';
