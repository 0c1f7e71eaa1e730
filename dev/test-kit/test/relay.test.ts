import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { startRelay } from '../src/relay/start-relay.ts';

/** Sends one mail over a plain socket. Resolves with the milliseconds from the final dot to the reply. */
const send = async (url: string, to: string): Promise<number> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const lines = createInterface({ input: socket });
  const commands = ['HELO test', 'MAIL FROM:<a@acme.test>', `RCPT TO:<${to}>`, 'DATA', 'a mail\r\n.'];
  await once(lines, 'line');

  let sentAt = 0;
  for (const command of commands) {
    sentAt = performance.now();
    socket.write(`${command}\r\n`);
    const [reply] = await once(lines, 'line');
    expect(reply).toMatch(/^[23]/);
  }
  socket.destroy();
  return performance.now() - sentAt;
};

it('a relay says who got a mail and when, and takes the time it was told to', async () => {
  const relay = await startRelay({ delayMs: 200 });
  const before = Date.now();

  const tookMs = await send(relay.smtpUrl, 'ada@acme.test');
  await relay.waitUntil((mails) => mails.length === 1, 10_000);

  expect(tookMs).toBeGreaterThanOrEqual(199);
  expect(relay.mails[0]?.to).toBe('ada@acme.test');
  expect(relay.mails[0]?.at).toBeGreaterThanOrEqual(before);
  expect(relay.mails[0]?.at).toBeLessThanOrEqual(Date.now());
  await relay.stop();
});
