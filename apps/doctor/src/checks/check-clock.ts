import { CLOCK_OFF_MS, CLOCK_REFUSED_MS, CLOCK_REMEDY, type compareClocks } from '@latchkey/runtime';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** How far the clock of the machine that the doctor runs on is off. */
export const checkClock = ({ clock, difference }: Awaited<ReturnType<typeof compareClocks>>): Finding => {
  const offMs = Math.abs(clock.offsetMs());
  if (offMs > CLOCK_REFUSED_MS) {
    return problem(
      `${difference}: above ${CLOCK_REFUSED_MS / 1_000} s neither api nor worker starts here. ${CLOCK_REMEDY}`,
    );
  }
  return offMs > CLOCK_OFF_MS
    ? advice(`${difference}: api and worker go by the database's. ${CLOCK_REMEDY}`)
    : ok("this machine's clock and the database's agree to within half a second");
};
