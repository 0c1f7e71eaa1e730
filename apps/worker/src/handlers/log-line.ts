import type { Log } from '@latchkey/runtime';

export interface WorkerLog extends Log {
  debug(fields: object, text: string): void;
}

/** A log line before it is written. */
export type LogLine = readonly [level: 'debug' | 'info' | 'warn', fields: object, message: string];
