import { startEngines } from '../engines.ts';
import { withDatabase } from '../mongo/with-database.ts';
import { startProgress } from '../progress.ts';
import { runCli } from './run-cli.ts';

// Starts both engines for apps that are started by hand, until Ctrl-C. Only the two variables are written to stdout.
await runCli(
  async ({ teardown, stopped }) => {
    const progress = startProgress((line) => process.stderr.write(`${line}\n`));
    progress.begin('Starting MongoDB and Redis');
    const engines = await startEngines({ log: progress.say });
    progress.stop();
    teardown.add(engines.stop);

    const { mongo, redis } = engines;
    const mongodbUri = mongo.backend === 'given' ? mongo.uri : withDatabase(mongo.uri, 'latchkey');
    process.stdout.write(`MONGODB_URI=${mongodbUri}\nREDIS_URL=${redis.url}\n`);
    process.stderr.write('Running until Ctrl-C; nothing is kept after that.\n');

    await stopped;
    return 0;
  },
  { runsUntilStopped: true },
);
