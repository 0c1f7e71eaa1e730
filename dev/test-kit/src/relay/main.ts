import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSmtpReceiver, unread } from '@latchkey/dev-stack/smtp';

/*
 * An SMTP server that accepts every mail and neither parses nor keeps it. It is its own process, so that its CPU time counts
 * neither for the load generator nor for the measured process. It prints `{"smtpUrl"}`, then `{"to","at"}` per mail. `at` is in
 * epoch milliseconds of the wall clock, like the times that it is compared with. `--delay-ms=N`: delay before the answer to each
 * mail; `--spread=S`: the delay varies evenly by up to this share, in both directions.
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
