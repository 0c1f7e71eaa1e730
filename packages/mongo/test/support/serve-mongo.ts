import { startEmbeddedMongo } from '@latchkey/embedded-mongo';

// A server in a process of its own, so that a test can stop (freeze) or kill it as an operator would see it happen.
const server = await startEmbeddedMongo({ port: Number(process.argv[2] ?? 0) });
process.stdout.write(`${server.uri('outage')}\n`);
process.once('disconnect', () => process.exit(0));
