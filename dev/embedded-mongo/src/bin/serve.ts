#!/usr/bin/env node
import { startEmbeddedMongo } from '../start.ts';

/**
 * Runs the stand-in as a separate process: `serve [--port=N]`.
 * Prints one JSON line `{"uri","port","pid"}` on stdout when it is ready. All other output goes to stderr.
 */
const main = async (args: readonly string[]): Promise<void> => {
  const unknown = args.filter((arg) => !/^--port=\d+$/.test(arg));
  if (unknown.length > 0) throw new Error(`unknown argument ${unknown.join(' ')}`);

  const port = Number(args.find((arg) => arg.startsWith('--port='))?.slice('--port='.length) ?? 0);
  const server = await startEmbeddedMongo({ port, log: (line) => process.stderr.write(`${line}\n`) });

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await server.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  process.stdout.write(`${JSON.stringify({ uri: server.uri(), port: server.port, pid: process.pid })}\n`);
};

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`embedded-mongo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
