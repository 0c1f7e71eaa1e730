import type { Log } from '@latchkey/runtime';
import type { Connection } from 'mongoose';
import { OPERATION_TIMEOUT_MS } from './connection.ts';
import { exactText } from './exactly.ts';
import { modelsOf } from './models.ts';
import { createRun } from './operation.ts';

/** Settings that both apps must have alike, by the name of their environment variable. */
export type SharedSettings = Readonly<Record<string, string | number>>;

const run = createRun(OPERATION_TIMEOUT_MS);

/**
 * Stores the settings of this start, then logs the name of each setting that the other app was last started with differently.
 * Both apps write before they read, so when both start at the same time at least one of them logs it. Never throws, because a
 * start must not depend on this comparison.
 */
export const compareSettings = async ({
  connection,
  app,
  settings,
  clock,
  log,
}: {
  connection: Connection;
  app: 'api' | 'worker';
  settings: SharedSettings;
  clock: { now(): Date };
  log: Log;
}): Promise<void> => {
  try {
    await run((options) =>
      modelsOf(connection)
        .settings.updateOne(
          { _id: exactText(app) },
          { $set: { values: settings, startedAt: clock.now() } },
          { ...options, upsert: true },
        )
        .exec(),
    );
    for (const name of await differingSettings(connection)) {
      log.warn(
        { event: 'config.differs', name },
        `${name} differs between api and worker (values of their latest starts): set the same value for both`,
      );
    }
  } catch (error) {
    log.warn({ event: 'config.differs', err: error }, 'the settings of api and worker could not be compared');
  }
};

/**
 * Names of the settings with which api and worker were last started differently. A setting that only one app has does not
 * count.
 */
export const differingSettings = async (connection: Connection): Promise<readonly string[]> => {
  const rows = await run((options) =>
    modelsOf(connection)
      .settings.find({ _id: { $in: ['api', 'worker'] } }, null, options)
      .lean()
      .exec(),
  );
  const [one = {}, other = {}] = rows.map(({ values }) => values);

  return Object.keys(one)
    .filter((name) => Object.hasOwn(other, name) && one[name] !== other[name])
    .sort();
};
