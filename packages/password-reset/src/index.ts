export type {
  RequestPasswordResetInput,
  RequestPasswordResetOutcome,
} from './ask/request-password-reset.ts';
export {
  type ApiVerbs,
  assembleApi,
  assembleWorker,
  type WorkerParts,
} from './assemble.ts';
export type { DeliverMailOutcome } from './deliver/deliver-mail.ts';
export type { EndLateSessionsOutcome } from './deliver/end-late-sessions.ts';
export * from './errors.ts';
export type { ProcessRequestOutcome } from './mint/process-request.ts';
export * from './model/account.ts';
export * from './model/audit.ts';
export * from './model/delivery.ts';
export * from './model/due-work.ts';
export * from './model/ids.ts';
export * from './model/request.ts';
export * from './model/token.ts';
export { asciiLowerCase, lookupForms, parseAddress } from './parts/address.ts';
export { bcryptPrefix } from './parts/hash-format.ts';
export { createIdentifiers } from './parts/identifiers.ts';
export { LEASE_MS } from './parts/lease.ts';
export {
  createTokenKeys,
  type TokenKey,
} from './parts/token.ts';
export type * from './ports/client.ts';
export type * from './ports/clock.ts';
export type * from './ports/hashing.ts';
export type * from './ports/limits.ts';
export type * from './ports/mail.ts';
export type * from './ports/queue.ts';
export type * from './ports/store.ts';
export type { ReconcileOutcome } from './reconcile/reconcile.ts';
export {
  commonPasswordCount,
  createPasswordPolicy,
  PASSWORD_RULES,
  type PasswordPolicy,
  type PasswordRule,
} from './redeem/password-policy.ts';
export type { ResetPasswordInput, ResetPasswordOutcome } from './redeem/reset-password.ts';
