/*
 * The texts that development and tests send. `docs/clients.md` and the pages have their own copies, since people read the one and
 * browsers load the other; tests hold all of them to be the same.
 */

export const REQUEST = `mutation Ask($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    __typename
    ... on PasswordResetRequested { reference expiresInSeconds }
    ... on UserError { code message }
    ... on RateLimitedError { retryAfterSeconds }
  }
}`;

export const RESET = `mutation Reset($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    __typename
    ... on PasswordReset { reference sessionsRevoked }
    ... on UserError { code message }
    ... on PasswordRejectedError { reasons { rule message } }
    ... on RateLimitedError { retryAfterSeconds }
  }
}`;

export const CHECK = 'query Check($token: String!) { passwordResetToken(token: $token) }';

export const POLICY = '{ passwordPolicy { minLength maxBytes rules } }';

/** {@link REQUEST} without errors: all that the benchmark's floor, which has none, understands as well. */
export const BARE_REQUEST = `mutation Ask($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    __typename
    ... on PasswordResetRequested { reference expiresInSeconds }
  }
}`;

export interface RequestInput {
  readonly email: string;
  readonly locale?: string;
}
export interface ResetInput {
  readonly token: string;
  readonly newPassword: string;
}

/** An operation with its variables, as it goes over the wire. */
export const requestBody = (input: RequestInput) => ({ query: REQUEST, variables: { input } });
export const resetBody = (input: ResetInput) => ({ query: RESET, variables: { input } });
