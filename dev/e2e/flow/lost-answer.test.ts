import { onMongo } from '@latchkey/test-kit/mongo';
import { compareSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { type Stack, startStack } from '../harness/stack.ts';

const NEW_PASSWORD = 'ein ganz neuer Satz 9';

describe(`a reset whose commit goes unanswered, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ worker: { RECONCILE_AFTER: '1s' } });
  });
  afterAll(() => stack?.stop());

  it('ends what was opened with the old password meanwhile, before the notice arrives', async () => {
    const { client, host, inbox, mongo } = stack;
    const email = 'ada@acme.test';
    const userId = await host.addUser(email);
    await client.request({ email });
    const token = tokenOf(await nextLink(inbox, email));

    const commit = mongo.api.hold((command) => command['commitTransaction'] === 1);
    const answer = client.reset({ token, newPassword: NEW_PASSWORD });
    await commit.arrived;
    await host.addSession(userId);
    expect((await answer).result.code).toBe('SERVICE_UNAVAILABLE');
    expect(await host.sessionCount()).toBe(1);
    commit.release();

    await nextNotice(inbox, email);
    expect(await host.sessionCount()).toBe(0);
    expect(compareSync(NEW_PASSWORD, (await host.user(email))?.['passwordHash'])).toBe(true);
  });
});
