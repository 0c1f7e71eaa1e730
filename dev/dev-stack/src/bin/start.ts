import { DEMO_ACCOUNTS } from '../host-app/seed.ts';
import { startProgress } from '../progress.ts';
import { startStack } from '../stack/start-stack.ts';
import { readableLogLine } from './readable-log-line.ts';
import { runCli } from './run-cli.ts';

/** Name of the database and prefix in Redis, different from those of another Latchkey on the same engines. */
const NAME = 'latchkey_start';

const print = (line = '') => process.stdout.write(`${line}\n`);

const accounts = () =>
  DEMO_ACCOUNTS.map(
    ({ email, password, note }) => `  ${email.padEnd(18)}${(password ?? '(none)').padEnd(26)}${note}`,
  );

// Starts everything for use in a browser, until Ctrl-C.
await runCli(
  async ({ teardown, stopped }) => {
    const progress = startProgress(print);
    progress.begin('Starting Latchkey on this machine');
    const stack = await startStack({
      database: NAME,
      log: progress.say,
      appLog: (name, line) => print(readableLogLine(name, line)),
      teardown,
      // A developer who tries it out requests more links than a user, so the limit is higher.
      env: {
        both: { LOG_LEVEL: 'warn', QUEUE_PREFIX: `{${NAME}}` },
        api: { LIMIT_REQUEST_PER_NETWORK: '100/1h' },
      },
    });

    progress.stop();
    print(`
Ready.

  1. Ask for a link        ${stack.pages.url}/forgot-password
  2. Read the mail         ${stack.inbox.url}
  3. Choose a password     (the link in the mail)

  GraphQL                  ${stack.graphqlUrl}
  Host app                 ${stack.hostApp.url}   POST /login {email, password} · GET /me
  Health                   ${stack.api.url}/health/ready · ${stack.worker.url}/health/ready
  Metrics                  ${stack.api.metricsUrl} · ${stack.worker.metricsUrl}

Demo accounts (every mail goes to the inbox above, none leaves this machine):
${accounts().join('\n')}

Ctrl-C stops all of it.
`);
    await stopped;
    print('\nStopping…');
    return 0;
  },
  { runsUntilStopped: true },
);
