import pTimeout from 'p-timeout';

/** The state of one part. */
type CheckState = 'ok' | 'degraded' | 'unavailable';

/** A check of one part. */
export interface HealthCheck {
  readonly name: string;
  /** A required part that fails makes the process unavailable (503); any other part makes it degraded (200). */
  readonly required: boolean;
  /** Returns true when the part works. A rejection and a timeout count as false. */
  readonly check: () => Promise<boolean> | boolean;
}

/** The body of a health answer. */
export interface HealthReport {
  readonly status: CheckState;
  readonly checks: Readonly<Record<string, CheckState>>;
}

/** The state for `/health/live` and `/health/ready`. */
export interface Health {
  live(): HealthReport;
  ready(): Promise<HealthReport>;
  /** From this call on the process is not ready, so that a load balancer sends no further requests while it stops. */
  stopping(): void;
}

/** `ready` runs all checks at the same time, at most once in `freshMs` milliseconds for any number of callers. */
export const createHealth = ({
  checks,
  timeoutMs = 2500,
  freshMs = 500,
}: {
  checks: readonly HealthCheck[];
  timeoutMs?: number;
  freshMs?: number;
}): Health => {
  let stopping = false;
  let latest: { readonly at: number; readonly report: Promise<HealthReport> } | undefined;

  return {
    live: () => ({ status: 'ok', checks: {} }),

    ready() {
      if (stopping)
        return Promise.resolve({ status: 'unavailable', checks: { process: 'unavailable' } } as const);

      const now = performance.now();
      if (latest === undefined || now - latest.at > freshMs) {
        latest = { at: now, report: ask(checks, timeoutMs) };
      }
      return latest.report;
    },

    stopping() {
      stopping = true;
    },
  };
};

const ask = async (checks: readonly HealthCheck[], timeoutMs: number): Promise<HealthReport> => {
  const states = await Promise.all(
    checks.map(async ({ name, required, check }) => {
      const asked = Promise.resolve().then(check);
      const fine = await pTimeout(asked, { milliseconds: timeoutMs }).catch(() => false);

      return [name, fine ? 'ok' : required ? 'unavailable' : 'degraded'] as const;
    }),
  );
  const seen = new Set<CheckState>(states.map(([, state]) => state));
  const status = seen.has('unavailable') ? 'unavailable' : seen.has('degraded') ? 'degraded' : 'ok';

  return { status, checks: Object.fromEntries(states) };
};
