import { onMongo } from '@latchkey/test-kit/mongo';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../harness/stack.ts';
import { distanceFromUniform } from './statistics/uniform.ts';

const JITTER_MS = 3_000;
const REQUESTS = 60;
/** Uniform values exceed this distance once in a million times. A jitter of half the range always exceeds it. */
const BY_CHANCE = 0.35;

describe(`the jitter, ${onMongo()}`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ workers: 0, both: { MAIL_JITTER: `${JITTER_MS}ms` } });
    await stack.host.addUsers('member', REQUESTS);
  });
  afterAll(() => stack?.stop());

  it.each(['member', 'stranger'])('is all of MAIL_JITTER, evenly, for a %s [T-39]', async (who) => {
    const references: string[] = [];
    for (let call = 0; call < REQUESTS; call += 1) {
      const { result } = await stack.client.request({ email: `${who}${call}@acme.test` });
      references.push(result.reference ?? '');
    }

    const rows = await stack.host.db
      .collection('latchkey_requests')
      .find({ reference: { $in: references } })
      .toArray();
    const drawn = rows.map((row) => row['dueAt'].getTime() - row['acceptedAt'].getTime());
    expect(drawn).toHaveLength(REQUESTS);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(JITTER_MS);
    expect(distanceFromUniform(drawn, JITTER_MS)).toBeLessThan(BY_CHANCE);
  });
});
