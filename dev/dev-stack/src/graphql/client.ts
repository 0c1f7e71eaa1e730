import { CHECK, REQUEST, RESET, type RequestInput, type ResetInput } from './operations.ts';

/** The fields of the result unions that this repository reads. */
export interface Member {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly reference?: string;
  readonly expiresInSeconds?: number;
  readonly sessionsRevoked?: number;
  readonly retryAfterSeconds?: number;
  readonly reasons?: readonly { readonly rule: string; readonly message: string }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly ms: number;
}

type Variables = Readonly<Record<string, unknown>>;
type HeaderBag = Readonly<Record<string, string>>;

/** A client of the api. */
export const createClient = (apiUrl: string) => {
  const endpoint = `${apiUrl}/graphql`;

  const send = async (init: RequestInit, search = ''): Promise<Answer> => {
    const startedAt = performance.now();
    const response = await fetch(`${endpoint}${search}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, ms: performance.now() - startedAt };
  };

  const post = (body: unknown, headers: HeaderBag = {}): Promise<Answer> =>
    send({
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const execute = async (query: string, variables: Variables, headers?: HeaderBag) => {
    const answer = await post({ query, variables }, headers);
    const parsed: { data?: Record<string, unknown>; errors?: unknown } = JSON.parse(answer.text);
    return { ...answer, data: parsed.data, errors: parsed.errors };
  };

  const mutate =
    <Input>(field: string, query: string) =>
    async (input: Input, headers?: HeaderBag): Promise<Answer & { readonly result: Member }> => {
      const answer = await execute(query, { input }, headers);
      const result = answer.data?.[field];
      if (result === undefined || result === null) throw new Error(`${answer.status}: ${answer.text}`);
      return { ...answer, result: result as Member };
    };

  return {
    /** Sends any HTTP request to the endpoint. `search` begins with `?`. */
    send,
    post,
    execute,
    request: mutate<RequestInput>('requestPasswordReset', REQUEST),
    reset: mutate<ResetInput>('resetPassword', RESET),
    check: async (token: string, headers?: HeaderBag): Promise<unknown> =>
      (await execute(CHECK, { token }, headers)).data?.['passwordResetToken'],
  };
};
export type Client = ReturnType<typeof createClient>;
