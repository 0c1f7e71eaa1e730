import type { Clock } from '@latchkey/password-reset';
import { type BackendFactory, createRedisBackend, type RedisQueueBackend } from 'bullmq';

/**
 * The BullMQ scripts that start delayed jobs when they are due, each with the position of the time among its keys and arguments
 * (BullMQ 6.7; `timestamp` in each script's list of ARGV).
 */
const TIME_AT: Readonly<Record<string, number>> = {
  moveToActive: 11 + 1,
  moveToDelayed: 11 + 1,
  moveToFinished: 14 + 1,
};

/**
 * A BullMQ backend that gives Redis the time of the rows. Otherwise BullMQ decides by the wall clock of each process whether a
 * delayed job is due, and a worker that is 4 s behind would start every job 4 s late (decision 36).
 */
export const onClock =
  (clock: Clock): BackendFactory<RedisQueueBackend> =>
  (...input) => {
    const backend = createRedisBackend(...input);
    const execute = backend.execCommand.bind(backend);

    backend.execCommand = (client, command, args) => {
      const at = TIME_AT[command];
      return execute(client, command, at === undefined ? args : args.with(at, clock.now().getTime()));
    };
    return backend;
  };
