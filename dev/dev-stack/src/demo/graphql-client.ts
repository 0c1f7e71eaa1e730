/** One HTTP answer, as far as an asker can tell two answers apart. */
export interface Answer {
  readonly status: number;
  /** In the order received, without `date`. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Sends one operation as any client would. */
export const sendGraphql = async (
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Answer> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.text();
  const { data }: { data?: Record<string, unknown> } = JSON.parse(body);
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'date'),
    body,
    data: data ?? {},
  };
};

export const REQUEST_RESET = `mutation ($input: RequestPasswordResetInput!) {
  requestPasswordReset(input: $input) {
    __typename
    ... on PasswordResetRequested { reference expiresInSeconds }
    ... on UserError { code message }
  }
}`;

export const RESET = `mutation ($input: ResetPasswordInput!) {
  resetPassword(input: $input) {
    __typename
    ... on PasswordReset { reference sessionsRevoked }
    ... on UserError { code message }
  }
}`;

export const TOKEN_STATUS = 'query ($token: String!) { passwordResetToken(token: $token) }';
