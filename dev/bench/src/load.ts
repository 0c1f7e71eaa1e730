import { readFileSync } from 'node:fs';
import { BARE_REQUEST } from '@latchkey/test-kit/graphql';
import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
}

let asked = 0;

/**
 * Sends as many requests as the server answers, each for a new address. Rejects if an answer is not `PasswordResetRequested`.
 * `seconds` is the duration; `perSecond` is the mean over it.
 */
export const applyLoad = ({ url, connections, seconds }: Load): Promise<LoadResult> =>
  new Promise((resolve, reject) => {
    let answers = 0;
    const startedAt = performance.now();
    const instance = autocannon(
      {
        url: `${url}/graphql`,
        connections,
        duration: seconds,
        requests: [
          {
            method: 'POST',
            headers: { 'content-type': 'application/json', accept: 'application/json' },
            setupRequest: (request) => ({ ...request, body: nextBody() }),
          },
        ],
        verifyBody: (body) => String(body).includes('"PasswordResetRequested"'),
      },
      (error, result) => {
        if (error) return reject(error);
        const wrong = result.errors + result.non2xx + result.mismatches;
        if (wrong > 0) return reject(new Error(`${wrong} of ${answers} answers were wrong`));
        const elapsed = (performance.now() - startedAt) / 1_000;
        resolve({ requests: answers, perSecond: answers / elapsed });
      },
    );
    instance.on('response', () => {
      answers += 1;
    });
  });

/** The body of a mutation for a new address. */
export const nextBody = (): string => {
  asked += 1;
  return JSON.stringify({
    query: BARE_REQUEST,
    variables: { input: { email: `someone${String(asked).padStart(9, '0')}@acme.test` } },
  });
};

/** User and system time that a process has used so far, in milliseconds; null if there is no /proc. */
export const cpuMsOf = (pid: number): number | null => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
};
