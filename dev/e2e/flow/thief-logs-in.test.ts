import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHostApp } from '@latchkey/dev-stack';
import { onMongo } from '@latchkey/test-kit/mongo';
import { until } from '@latchkey/test-kit/until';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { nextLink, tokenOf } from '../harness/mails.ts';
import { type Stack, startStack } from '../harness/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Number of resets in this file. A gap of a few milliseconds shows only in some of many. */
    readonly resetsUnderAttack: number;
  }
}

const OLD_PASSWORD = 'korrekt Pferd Batterie 7';
const NEW_PASSWORD = 'ein ganz neuer Satz 9';
const EMAILS = Array.from({ length: inject('resetsUnderAttack') }, (_, index) => `user${index}@acme.test`);
/** The two ways to log in at the host app, with their paths. */
const HOSTS = { 'one that keeps sessions': '/login', 'one that signs JWTs': '/token' };
/** A comparison takes about 60 ms: less than in production, but also the longest part of a login. */
const OLD_HASH = hashSync(OLD_PASSWORD, 10);
const GRACE_MS = 2_000;

/** The result of one reset at one kind of host. */
interface Round {
  readonly host: string;
  readonly email: string;
  /** Every token that a login with the old password got. */
  readonly opened: readonly string[];
  /** The token that the login with the new password got. */
  readonly owner: string | undefined;
  readonly answerLost: boolean;
  readonly resetAt: number;
}

describe(`a thief who knows the old password and goes on logging in, ${onMongo()}`, () => {
  let stack: Stack;
  let hostUrl: string;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    stack = await startStack({
      seed: (host) =>
        Promise.all(EMAILS.map((email) => host.addUser(email, { passwordHash: OLD_HASH, disabled: false }))),
    });
    const server = createServer(createHostApp(stack.host.db)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    hostUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closers.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
  });
  afterAll(async () => {
    for (const close of closers) close();
    await stack?.stop();
  });

  /** Logs in. Resolves with the token, or undefined if the host refuses. */
  const logIn = async (path: string, email: string, password: string): Promise<string | undefined> => {
    const body = JSON.stringify({ email, password });
    const response = await fetch(`${hostUrl}${path}`, { method: 'POST', body });
    const answer: { token?: string } = JSON.parse(await response.text());
    return answer.token;
  };
  const works = async (token: string): Promise<boolean> => {
    const response = await fetch(`${hostUrl}/me`, { headers: { Authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.ok;
  };

  /** Logs in again and again until `end` was called *and* the host refuses. `opened` holds every token that it got. */
  const goOnLoggingIn = (path: string, email: string) => {
    const opened: string[] = [];
    let mayEnd = false;
    const loop = async (): Promise<void> => {
      for (;;) {
        const startedAfterTheReset = mayEnd;
        const token = await logIn(path, email, OLD_PASSWORD);
        if (token !== undefined) opened.push(token);
        else if (startedAfterTheReset) return;
      }
    };
    const loops = Promise.all([loop(), loop()]);
    // After a failed test no code awaits these loops, so their errors must be handled here.
    loops.catch(() => undefined);
    return {
      opened,
      end: () => {
        mayEnd = true;
        return loops;
      },
    };
  };

  /**
   * Redeems the link like a user: tries again if the service is unavailable. Resolves with whether the first answer was lost. In
   * that case the worker ends sessions later, and a session of the owner may be among them.
   */
  const reset = async (email: string, token: string): Promise<{ readonly answerLost: boolean }> => {
    let asked = 0;
    await until('the reset', async () => {
      asked += 1;
      const { result } = await stack.client.reset({ token, newPassword: NEW_PASSWORD });
      return (
        result.__typename === 'PasswordReset' || (await stack.host.user(email))?.['passwordHash'] !== OLD_HASH
      );
    });
    return { answerLost: asked > 1 };
  };

  // Four busy loops run at the same time, so this is slow while other tests run.
  it('is out two seconds after each reset, and the owner in and stays so, whether the host keeps sessions or signs JWTs [T-33]', {
    timeout: 600_000,
  }, async () => {
    await Promise.all(EMAILS.map((email) => stack.client.request({ email })));
    const rounds: Round[] = [];

    for (const email of EMAILS) {
      const token = tokenOf(await nextLink(stack.inbox, email));
      const attacks = Object.entries(HOSTS).map(([host, path]) => {
        return { host, path, thief: goOnLoggingIn(path, email) };
      });
      await until('the thief is in everywhere', () => attacks.every(({ thief }) => thief.opened.length > 0));

      const { answerLost } = await reset(email, token);
      const resetAt = performance.now();
      await Promise.all(
        attacks.map(async ({ host, path, thief }) => {
          const owner = await logIn(path, email, NEW_PASSWORD);
          await thief.end();
          rounds.push({ host, email, opened: thief.opened, owner, answerLost, resetAt });
        }),
      );
    }

    const rowsOfTheOldPassword: string[] = [];
    const outcomes: { host: string; thiefIsIn: boolean; ownerIsIn: boolean }[] = [];
    for (const { host, email, opened, owner, answerLost, resetAt } of rounds) {
      await sleep(Math.max(0, resetAt + GRACE_MS - performance.now()));
      // This is checked before a token is used, because a host that checks sessions without reading users has only these rows.
      const user = await stack.host.user(email);
      const oldRows = {
        userId: user?.['_id'],
        changedAt: { $ne: user?.['credentialsChangedAt']?.getTime() },
      };
      if (await stack.host.db.collection('sessions').findOne(oldRows)) rowsOfTheOldPassword.push(email);
      const stillIn = await Promise.all(opened.map(works));
      outcomes.push({
        host,
        thiefIsIn: stillIn.includes(true),
        ownerIsIn: owner !== undefined && (answerLost || (await works(owner))),
      });
    }
    expect(rowsOfTheOldPassword).toEqual([]);
    const count = (fits: (outcome: (typeof outcomes)[number]) => boolean) =>
      Object.keys(HOSTS).map((host) => [host, outcomes.filter((it) => it.host === host && fits(it)).length]);
    expect({ thief: count((it) => it.thiefIsIn), owner: count((it) => it.ownerIsIn) }).toEqual({
      thief: Object.keys(HOSTS).map((host) => [host, 0]),
      owner: Object.keys(HOSTS).map((host) => [host, EMAILS.length]),
    });
  });
});
