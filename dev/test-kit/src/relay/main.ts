import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSmtpReceiver, unread } from '@latchkey/dev-stack/smtp';

/*
 * An SMTP server that accepts everything, keeps nothing and looks into no mail: a process of its own, so that neither the load
 * generator nor what is measured pays for it. Prints `{"smtpUrl"}`, then `{"to","at"}` per mail (`at` by the wall clock, as the
 * times that it is compared with). `--delay-ms=N`: how long the relay thinks about each mail; `--spread=S`: evenly up to that
 * share of it more or less.
 */
const { values } = parseArgs({
  options: {
    'delay-ms': { type: 'string', default: '0' },
    spread: { type: 'string', default: '0' },
  },
});
const [delayMs, spread] = [Number(values['delay-ms']), Number(values.spread)];

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const { port } = await startSmtpReceiver({
  port: 0,
  protocol: { name: 'relay' },
  read: unread,
  behaviour: () => async (event) => {
    if (event.phase === 'data' && delayMs > 0) await sleep(delayMs * (1 + spread * (2 * Math.random() - 1)));
    return undefined;
  },
  nextId: () => 0,
  onReceived: ({ to, receivedAt }) => print({ to: to.at(-1), at: receivedAt.getTime() }),
  onAcknowledged: () => {},
});
print({ smtpUrl: `smtp://127.0.0.1:${port}` });
process.on('SIGTERM', () => process.exit(0));
