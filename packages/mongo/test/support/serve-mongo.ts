import { startEmbeddedMongo } from '@latchkey/embedded-mongo';

// A server in its own process, so that a test can freeze or kill it.
const server = await startEmbeddedMongo({ port: Number(process.argv[2] ?? 0) });
process.stdout.write(`${server.uri('outage')}\n`);
process.once('disconnect', () => process.exit(0));
