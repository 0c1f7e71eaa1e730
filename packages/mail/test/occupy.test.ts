import { startScriptedSmtp } from '@latchkey/test-kit/scripted-smtp';
import { eventually } from '@latchkey/test-kit/until';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { composeMail } from '../src/compose-mail.ts';
import { mailerFor, SENDER } from './support/mailers.ts';
import { resetMail } from './support/messages.ts';

// The first rendering of a process takes long enough to matter to the order below.
beforeAll(() => composeMail(resetMail(), SENDER));

const set = async (
  script: Parameters<typeof startScriptedSmtp>[0] = {},
  options: Parameters<typeof mailerFor>[1] = {},
) => {
  const server = await startScriptedSmtp(script);
  const mailer = mailerFor(server.url, { connections: 1, ...options });
  onTestFinished(() => mailer.close().then(server.stop));
  return { server, mailer };
};
const never = new AbortController().signal;
const long = 60_000;

describe('a request that ends without a mail', () => {
  it('takes the same permit of the pool: a mail behind it waits until it is given back [T-39]', async () => {
    const { server, mailer } = await set();
    const stop = new AbortController();

    const nothing = mailer.occupy({ ms: long, giveUp: stop.signal });
    const mail = mailer.send(resetMail());
    // Somebody else's mail has left by now, so this one could have.
    const other = await set();
    await other.mailer.send(resetMail());
    expect(server.connections()).toBe(0);

    stop.abort();
    expect(await nothing).toBe(false);
    expect(await mail).toMatchObject({ class: 'accepted' });
    expect(server.bodies).toHaveLength(1);
  });

  it('waits in line with mails, first come first served, and keeps its permit for as long as it was told', async () => {
    const { mailer } = await set({ dot: { reply: '250 2.0.0 queued', afterMs: 100 } });
    const done: string[] = [];
    const note = (name: string) => async (work: Promise<unknown>) => {
      await work;
      done.push(name);
    };

    const first = mailer.send(resetMail());
    // Rendering comes before the line.
    await composeMail(resetMail(), SENDER);
    const begunAt = performance.now();
    await Promise.all([
      note('mail')(first),
      note('nothing')(mailer.occupy({ ms: 150, giveUp: never })),
      mailer.occupy({ ms: 0, giveUp: never }).then(() => note('the next')(mailer.send(resetMail()))),
    ]);

    expect(done).toEqual(['mail', 'nothing', 'the next']);
    expect(performance.now() - begunAt).toBeGreaterThan(150);
  });

  it('leaves the line when a mail would have to', async () => {
    const { server, mailer } = await set({ dot: 'silence' }, { sendDeadlineMs: 2_000 });
    const stuck = mailer.send(resetMail());
    await eventually(() => expect(server.bodies).toHaveLength(1));

    const results = await Promise.all([
      stuck,
      mailer.occupy({ ms: 1, giveUp: never }),
      mailer.send(resetMail()),
    ]);

    expect(results).toMatchObject([{ class: 'ambiguous' }, false, { class: 'transient', heldMs: null }]);
  });

  it('keeps its permit no longer than a send may take', async () => {
    const { mailer } = await set({}, { sendDeadlineMs: 100 });

    expect(await mailer.occupy({ ms: long, giveUp: never })).toBe(true);
  });

  it('gives the permit back, and its place in the line, as soon as it is told to stop', async () => {
    const { mailer } = await set();
    const stop = new AbortController();
    const both = [long, long].map((ms) => mailer.occupy({ ms, giveUp: stop.signal }));

    stop.abort();

    expect(await Promise.all(both)).toEqual([false, false]);
    expect(await mailer.occupy({ ms: 1, giveUp: stop.signal })).toBe(false);
    expect(await mailer.occupy({ ms: 1, giveUp: never })).toBe(true);
  });

  it('has nothing to do with a mailer that is closed', async () => {
    const { mailer } = await set();
    await mailer.close();

    expect(await mailer.occupy({ ms: long, giveUp: never })).toBe(false);
  });
});

describe('a send', () => {
  it('tells how long it waited for its connection and how long it kept others from it', async () => {
    const { mailer } = await set({ dot: { reply: '250 2.0.0 queued', afterMs: 200 } });

    const [first, second] = await Promise.all([mailer.send(resetMail()), mailer.send(resetMail())]);

    for (const { heldMs } of [first, second]) expect(heldMs).toBeGreaterThan(190);
    expect(first.waitedMs).toBeLessThan(second.waitedMs);
    expect(second.waitedMs).toBeGreaterThan(190);
    expect(second.ms).toBeGreaterThanOrEqual(Math.floor(second.waitedMs + (second.heldMs ?? 0)));
  });
});
