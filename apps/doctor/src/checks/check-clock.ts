import { CLOCK_OFF_MS, CLOCK_REFUSED_MS, CLOCK_REMEDY, type compareClocks } from '@latchkey/runtime';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** Checks how far the clock of this machine differs from the clock of the database. */
export const checkClock = ({ clock, difference }: Awaited<ReturnType<typeof compareClocks>>): Finding => {
  const offMs = Math.abs(clock.offsetMs());
  if (offMs > CLOCK_REFUSED_MS) {
    return problem(
      `${difference}: above ${CLOCK_REFUSED_MS / 1_000} s neither api nor worker starts on this machine. ${CLOCK_REMEDY}`,
    );
  }
  return offMs > CLOCK_OFF_MS
    ? advice(`${difference}: api and worker use the clock of the database. ${CLOCK_REMEDY}`)
    : ok("this machine's clock and the database's agree to within half a second");
};
