import { logged } from '@latchkey/test-kit/app-log';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailsTo } from '../harness/mails.ts';
import { settled } from '../harness/rows.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const REQUESTS = 500;
const WITHIN_MS = 120_000;

describe(`two workers and ${REQUESTS} requests, ${onMongo()}`, () => {
  let stack: Stack;
  let emails: readonly string[];
  beforeEach(async () => {
    stack = await startStack({ workers: 2 });
    emails = await stack.host.addUsers('user', REQUESTS);
  });
  afterEach(() => stack?.stop());

  const askForAll = async () => {
    const waiting = [...emails];
    const ask = async () => {
      for (let email = waiting.pop(); email !== undefined; email = waiting.pop()) {
        expect((await stack.client.request({ email })).result.__typename).toBe('PasswordResetRequested');
      }
    };
    await Promise.all(Array.from({ length: 20 }, ask));
  };
  const sentBy = (worker: number) => {
    const app = stack.workers[worker];
    return app === undefined
      ? 0
      : logged(app, 'mail.delivery').filter(({ outcome }) => outcome === 'accepted').length;
  };

  it('each mail comes exactly once, and both took part', async () => {
    await askForAll();
    await settled(stack.host, WITHIN_MS);
    // A row is settled a moment before its log line arrives here.
    await until('every mail is in the log', () => sentBy(0) + sentBy(1) >= REQUESTS);

    for (const email of emails) expect(mailsTo(stack.inbox, email).links, email).toHaveLength(1);
    expect(stack.inbox.received()).toHaveLength(REQUESTS);
    expect(sentBy(0)).toBeGreaterThan(REQUESTS / 10);
    expect(sentBy(1)).toBeGreaterThan(REQUESTS / 10);
    expect(sentBy(0) + sentBy(1)).toBe(REQUESTS);
  });

  it('one is killed midway: no mail is missing, and what comes twice is byte-identical', async () => {
    const { inbox, host, workers } = stack;
    const asking = askForAll();
    await until('half of the mails arrived', () => inbox.received().length >= REQUESTS / 2);

    workers[0]?.kill('SIGKILL');
    await workers[0]?.exited;
    await asking;
    await settled(host, WITHIN_MS);

    expect(sentBy(0)).toBeGreaterThan(0);
    expect(sentBy(1)).toBeGreaterThan(0);
    for (const email of emails) {
      const [first, ...again] = inbox.received().filter(({ to }) => to.includes(email));
      expect(first?.acknowledged || again.some(({ acknowledged }) => acknowledged), email).toBe(true);
      expect(
        again.every(({ raw }) => first?.raw.equals(raw)),
        email,
      ).toBe(true);
    }
  });
});
