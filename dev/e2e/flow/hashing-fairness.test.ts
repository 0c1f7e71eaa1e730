import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMetric } from '@latchkey/test-kit/metrics';
import { until } from '@latchkey/test-kit/until';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nextLink, tokenOf } from '../harness/mails.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const PASSWORD = 'korrekt Pferd Batterie 7';
/** Hashing threads of the api. It leaves one core to its event loop. */
const THREADS = Math.max(1, availableParallelism() - 1);
/** Enough accounts for eight links per thread. Four comparisons per link keep the threads busy longer than the strangers need. */
const ACCOUNTS = Math.max(8, Math.ceil((8 * THREADS) / 3));
const LINKS_EACH = 3;
const STRANGERS = 6;
/**
 * Number of tasks that the threads may finish between a stranger's request and its answer: the tasks that run before the
 * stranger's comparison and before the hash, the stranger's own two, and as many again while the database works and while this
 * is counted. Tasks are counted and not timed, because each of them is slow on a busy machine. A single queue for all networks
 * would be 16 tasks per thread, twice.
 */
const MOST_TASKS = 8 * THREADS;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ api: { BCRYPT_COST: '12' } });
});
afterAll(() => stack?.stop());

const HASH = hashSync(PASSWORD, 12);

const tokensOf = async (email: string, links = 1): Promise<readonly string[]> => {
  await stack.host.addUser(email, { passwordHash: HASH });
  const tokens: string[] = [];
  for (let count = 1; count <= links; count += 1) {
    await stack.client.request({ email });
    tokens.push(tokenOf(await nextLink(stack.inbox, email, { count })));
  }
  return tokens;
};

const tasksDone = async (): Promise<number> => {
  const of = (kind: string) => readMetric(stack.api.metricsUrl, 'latchkey_password_hashes_total', { kind });
  return (await of('compare')) + (await of('hash'));
};

const resetFrom = async (client: string, token: string, newPassword: string) => {
  const { result, ms } = await stack.client.reset({ token, newPassword }, { 'X-Forwarded-For': client });
  return { outcome: result.code ?? result.__typename, ms };
};

it(`one network's links, each repeating its current password, never keep a stranger from his reset [T-32]`, async () => {
  const alone = await Promise.all(Array.from({ length: 3 }, (_, i) => tokensOf(`alone${i}@acme.test`)));
  const strangers = await Promise.all(
    Array.from({ length: STRANGERS }, (_, i) => tokensOf(`stranger${i}@acme.test`)),
  );
  const links = (
    await Promise.all(Array.from({ length: ACCOUNTS }, (_, i) => tokensOf(`own${i}@acme.test`, LINKS_EACH)))
  ).flat();
  expect(links).toHaveLength(ACCOUNTS * LINKS_EACH);

  const unloaded: number[] = [];
  for (const [i, [token = '']] of alone.entries()) {
    const { outcome, ms } = await resetFrom(`198.51.100.${i}`, token, `a phrase of their own ${i}`);
    expect(outcome).toBe('PasswordReset');
    // The first reset starts the threads, so its time does not count.
    if (i > 0) unloaded.push(ms);
  }

  let over = false;
  const hogged: string[] = [];
  const hog = async (token: string, i: number): Promise<void> => {
    while (!over) {
      const { outcome } = await resetFrom(`2001:db8:7:${i.toString(16)}::1`, token, PASSWORD);
      hogged.push(outcome);
      if (outcome === 'INVALID_TOKEN') return;
      // This is far more often than a client should retry. Faster retries would be a flood of requests, which is not tested here.
      if (outcome === 'SERVICE_UNAVAILABLE') await sleep(500);
    }
  };
  const hogging = Promise.all(links.map(hog));
  await until('the line is in use', async () => {
    const waiting = await readMetric(stack.api.metricsUrl, 'latchkey_hashing_queue_depth');
    return waiting > 0;
  });

  const resets: { outcome: string; ms: number; tasks: number }[] = [];
  for (const [i, [token = '']] of strangers.entries()) {
    const before = await tasksDone();
    const reset = await resetFrom(`203.0.113.${i}`, token, `a phrase of their own ${i}`);
    resets.push({ ...reset, tasks: (await tasksDone()) - before });
    // One failure is enough, and the queue may be long.
    if (reset.outcome !== 'PasswordReset') break;
  }
  const hogsLeft = links.length - hogged.filter((outcome) => outcome === 'INVALID_TOKEN').length;
  over = true;
  await hogging;

  const measured = JSON.stringify({
    unloadedMs: unloaded.map(Math.round),
    strangersMs: resets.map(({ ms }) => Math.round(ms)),
    tasks: resets.map(({ tasks }) => tasks),
    hogged: Object.fromEntries([...new Set(hogged)].map((it) => [it, hogged.filter((o) => o === it).length])),
  });
  expect(
    resets.map(({ outcome }) => outcome),
    measured,
  ).toEqual(resets.map(() => 'PasswordReset'));
  expect(Math.max(...resets.map(({ tasks }) => tasks)), measured).toBeLessThanOrEqual(MOST_TASKS);
  // This proves that the attack took place: the network got comparisons while the strangers were served.
  expect(hogged).toContain('PASSWORD_REJECTED');
  expect(hogsLeft, measured).toBeGreaterThan(0);
});
