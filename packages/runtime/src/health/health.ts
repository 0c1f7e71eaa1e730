import pTimeout from 'p-timeout';

/** What one part says of itself. */
type CheckState = 'ok' | 'degraded' | 'unavailable';

/** How to ask one part how it is. */
export interface HealthCheck {
  readonly name: string;
  /** Without a required part nothing works (503); without another one less does (200, degraded). */
  readonly required: boolean;
  /** true when all is well. Rejecting or taking too long counts as false. */
  readonly check: () => Promise<boolean> | boolean;
}

/** The body of a health answer. */
export interface HealthReport {
  readonly status: CheckState;
  readonly checks: Readonly<Record<string, CheckState>>;
}

/** What `/health/live` and `/health/ready` answer from. */
export interface Health {
  live(): HealthReport;
  ready(): Promise<HealthReport>;
  /** From now on not ready, so that no balancer sends more while the process stops. */
  stopping(): void;
}

/** Readiness asks every part at once, at most once in `freshMs` however many ask. */
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
