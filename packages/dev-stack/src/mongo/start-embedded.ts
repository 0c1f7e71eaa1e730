import { baseEnvironment } from '../process/base-environment.ts';
import { spawnGuarded } from '../process/guarded-process.ts';
import { ownScript } from '../process/node-script.ts';

/** The stand-in as a process of its own, as a database is. */
export const startEmbedded = async () => {
  const server = await spawnGuarded({
    command: process.execPath,
    args: ownScript('bin/embedded-mongo'),
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
