import { field } from './field.ts';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const parseDuration = (text: string): number | undefined => {
  const [, amount, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;

  return Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
};

/** Longest duration. A longer one is a mistake, and some stores that count in milliseconds refuse it at every use. */
const LONGEST_MS = 3650 * UNITS_MS.d;

/**
 * A duration such as `5s`, `30m`, `1h`, `30d` or `0s`, in milliseconds. `advise` returns a warning about an acceptable
 * duration.
 */
export const duration = ({
  minMs = 0,
  maxMs = LONGEST_MS,
  note = '',
  advise = () => undefined,
}: {
  minMs?: number;
  maxMs?: number;
  note?: string;
  advise?: (ms: number) => string | undefined;
} = {}) =>
  field(
    `a duration such as 5s, 30m, 1h or 30d${note === '' ? '' : ` (${note})`}`,
    (text) => {
      const ms = parseDuration(text);

      return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
    },
    (text) => advise(parseDuration(text) ?? 0),
  );

/** A number of points per duration. */
export interface Limit {
  readonly points: number;
  readonly durationMs: number;
}

/** A limit such as `10/1h`, or `off`. `whenOff`: the warning for `off`. */
export const limit = ({ whenOff }: { whenOff?: string } = {}) =>
  field<Limit | 'off'>(
    'a limit such as 10/1h (points per duration of 1s to 3650d), or off',
    (text) => {
      if (text === 'off') return text;

      const [, points, span] = /^(\d{1,12})\/(\S+)$/.exec(text) ?? [];
      const durationMs = parseDuration(span ?? '');
      if (points === undefined || durationMs === undefined || durationMs < 1000 || durationMs > LONGEST_MS)
        return undefined;

      return Number(points) > 0 ? { points: Number(points), durationMs } : undefined;
    },
    (text) => (text === 'off' ? whenOff : undefined),
  );

/** Text that is not empty. */
export const text = (expected = 'some text') =>
  field(expected, (value) => (value === '' ? undefined : value));

/** A comma-separated list; blanks around entries and empty entries are ignored. `parse` must accept every entry. */
export const list = <T>(expected: string, parse: (entry: string) => T | undefined) =>
  field<readonly T[]>(expected, (value) => {
    const entries = value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const parsed = entries.map(parse).filter((entry) => entry !== undefined);

    return parsed.length === entries.length ? parsed : undefined;
  });

/** A whole number within bounds, both included. */
export const integer = ({ min, max }: { min: number; max: number }) =>
  field(`a whole number from ${min} to ${max}`, (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;

    return number >= min && number <= max ? number : undefined;
  });

/** A TCP port; with 0 the system chooses a free one. */
export const port = () => integer({ min: 0, max: 65_535 });

/** One of the given words. */
export const choice = <const T extends string>(options: readonly T[]) =>
  field<T>(`one of ${options.join(', ')}`, (value) => options.find((option) => option === value));

/** Exactly `bytes` random bytes in base64 or base64url. */
export const base64Key = (bytes = 32) =>
  field<Uint8Array>(`${bytes} random bytes in base64 (openssl rand -base64 ${bytes})`, (value) =>
    decodeKey(value, bytes),
  );

/**
 * Decodes a base64 key; undefined unless it has exactly `bytes` bytes. The pattern is needed, because Node's decoder skips
 * invalid characters.
 */
export const decodeKey = (value: string, bytes: number): Uint8Array | undefined => {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined;
  const key = Buffer.from(value, 'base64');

  return key.length === bytes ? new Uint8Array(key) : undefined;
};
