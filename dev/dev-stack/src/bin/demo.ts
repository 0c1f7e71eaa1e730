import { randomBytes } from 'node:crypto';
import pTimeout from 'p-timeout';
import { leaveNoTrace } from '../demo/leave-no-trace.ts';
import { runDemo } from '../demo/run-demo.ts';
import { createSteps, formatMs } from '../demo/steps.ts';
import { startStack } from '../stack/start-stack.ts';
import { readableLogLine } from './readable-log-line.ts';
import { runCli } from './run-cli.ts';

/** Time limit for the whole demonstration, including a download of Redis. */
const TIME_LIMIT_MS = 85_000;
const SHOWN_LINES = 15;

const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
const print = (line = '') => process.stdout.write(`${line}\n`);

// Runs one password reset from end to end with real processes, a real queue and a real mail. Every step must succeed.
await runCli(async ({ teardown }) => {
  const name = `latchkey_demo_${randomBytes(6).toString('hex')}`;
  const appLines: string[] = [];
  const steps = createSteps({ print, tick: paint(32, '✓'), cross: paint(31, '✗') });

  const demo = async () => {
    print(`\n${paint(1, 'Latchkey: one password reset, end to end, on this machine')}\n`);
    const stack = await steps.run('Engines, mail inbox, host app, API and worker are running', () =>
      startStack({
        database: name,
        log: (line) => print(`              ${paint(2, line)}`),
        appLog: (app, line) => appLines.push(readableLogLine(app, line)),
        teardown,
        onEngines: (found) => teardown.add(() => leaveNoTrace({ ...found, name })),
        env: { both: { QUEUE_PREFIX: `{${name}}` } },
      }),
    );
    await runDemo({ stack, steps });
  };

  try {
    await pTimeout(demo(), {
      milliseconds: TIME_LIMIT_MS,
      message: `not done after ${formatMs(TIME_LIMIT_MS)}`,
    });
  } catch (error) {
    print(`\n${paint(31, 'This did not hold:')} ${error instanceof Error ? error.message : String(error)}`);
    if (appLines.length > 0) {
      print(`\nThe applications' last lines:\n${appLines.slice(-SHOWN_LINES).join('\n')}`);
    }
    return 1;
  }

  print(`\n${paint(32, 'All of it held')}: ${steps.count} steps in ${formatMs(steps.elapsedMs())}.`);
  print('Try it in a browser with `npm start`.\n');
  return 0;
});
