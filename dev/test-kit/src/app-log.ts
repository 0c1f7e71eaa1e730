import type { GuardedProcess } from '@latchkey/dev-stack';

/** One JSON line of an app's log. */
export type LogRecord = Readonly<Record<string, unknown>>;

const asRecord = (line: string): LogRecord | undefined => {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
};

/** Every line that the app has logged with this `event`. */
export const logged = (app: Pick<GuardedProcess, 'lines'>, event: string): readonly LogRecord[] =>
  app.lines().flatMap((line) => {
    const record = line.includes(`"${event}"`) ? asRecord(line) : undefined;
    return record?.['event'] === event ? [record] : [];
  });

/** Waits for the first line with this `event` that `fits` accepts, among the past and the future lines. */
export const waitForEvent = async (
  app: Pick<GuardedProcess, 'waitForLine'>,
  event: string,
  fits: (record: LogRecord) => boolean = () => true,
): Promise<LogRecord> => {
  const line = await app.waitForLine((candidate) => {
    const record = asRecord(candidate);
    return record?.['event'] === event && fits(record);
  });
  return asRecord(line) ?? {};
};
