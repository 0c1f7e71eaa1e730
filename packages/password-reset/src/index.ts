export {
  createRequestPasswordReset,
  type RequestPasswordResetInput,
  type RequestPasswordResetOutcome,
} from './ask/request-password-reset.ts';
export { createComposeMail } from './deliver/compose-mail.ts';
export {
  createDeliverMail,
  type DeliverMailOutcome,
} from './deliver/deliver-mail.ts';
export { createEndLateSessions, type EndLateSessionsOutcome } from './deliver/end-late-sessions.ts';
export * from './errors.ts';
export { createMintLink } from './mint/mint-link.ts';
export {
  createProcessRequest,
  type ProcessRequestOutcome,
} from './mint/process-request.ts';
export * from './model/account.ts';
export * from './model/audit.ts';
export * from './model/delivery.ts';
export * from './model/due-work.ts';
export * from './model/ids.ts';
export * from './model/link.ts';
export * from './model/request.ts';
export { asciiLowerCase, lookupForms, parseAddress } from './parts/address.ts';
export { bcryptPrefix } from './parts/hash-format.ts';
export { createIdentifiers, type Identifiers } from './parts/identifiers.ts';
export { LEASE_MS } from './parts/lease.ts';
export {
  createTokenKeys,
  type TokenKey,
  type TokenKeys,
} from './parts/token.ts';
export type * from './ports/clock.ts';
export type * from './ports/hashing.ts';
export type * from './ports/limits.ts';
export type * from './ports/mail.ts';
export type * from './ports/queue.ts';
export type * from './ports/store.ts';
export { createReconcile, type ReconcileOutcome } from './reconcile/reconcile.ts';
export { createCheckToken } from './redeem/check-token.ts';
export {
  commonPasswordCount,
  createPasswordPolicy,
  PASSWORD_RULES,
  type PasswordNormalization,
  type PasswordPolicy,
  type PasswordRule,
} from './redeem/password-policy.ts';
export {
  createResetPassword,
  type ResetPasswordInput,
  type ResetPasswordOutcome,
} from './redeem/reset-password.ts';
export { createSpendLink } from './redeem/spend-link.ts';
