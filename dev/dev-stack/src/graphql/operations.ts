/*
 * The operations that development and tests send. `docs/clients.md` and the pages have copies, because developers read the one
 * and browsers load the other. Tests check that all of them are the same.
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

/** {@link REQUEST} without the error types, because the floor of the benchmark has none. */
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

/** The HTTP body of an operation with its variables. */
export const requestBody = (input: RequestInput) => ({ query: REQUEST, variables: { input } });
export const resetBody = (input: ResetInput) => ({ query: RESET, variables: { input } });
