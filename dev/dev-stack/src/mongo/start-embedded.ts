import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { baseEnvironment } from '../process/base-environment.ts';
import { spawnGuarded } from '../process/guarded-process.ts';
import { scriptArgs } from '../process/node-script.ts';

const SERVE = pathToFileURL(createRequire(import.meta.url).resolve('@latchkey/embedded-mongo/serve')).href;

/** Starts the stand-in as a separate process, like a real database. */
export const startEmbedded = async () => {
  const server = await spawnGuarded({
    command: process.execPath,
    args: scriptArgs(SERVE),
    env: baseEnvironment(),
  });

  try {
    const line = await server.waitForLine((text) => text.startsWith('{'), 20_000);
    const ready: { uri: string } = JSON.parse(line);
    return {
      uri: ready.uri,
      source: 'embedded-mongo',
      stop: async () => {
        await server.stop(5_000);
      },
    };
  } catch (cause) {
    await server.stop(1_000);
    throw new Error(`embedded-mongo did not start: ${server.lines().slice(-3).join(' | ')}`, { cause });
  }
};
