/**
 * The api with one slow port, for showing that the verdict would notice: the built api's own wiring, with 50 µs of work more
 * before the row of one class is written. Run by `run.ts`, which names class and duration in the environment.
 */
import { serveApi } from '@latchkey/api/serve';
import type { Requests } from '@latchkey/password-reset';
import { runMain } from '@latchkey/runtime';
import { classOf } from './classes.ts';

const slowClass = process.env['TIMING_SLOW_CLASS'];
const slowMs = Number(process.env['TIMING_SLOW_MICROSECONDS']) / 1_000;

/** Works rather than waits: a timer could not be this short. */
const spin = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

const slowFor = (requests: Requests): Requests => ({
  ...requests,
  accept: (row) => {
    // Every class pays for the question, one for the answer.
    spin(classOf(row.address) === slowClass ? slowMs : 0);
    return requests.accept(row);
  },
});

runMain(serveApi({ aroundRequests: slowFor }));
