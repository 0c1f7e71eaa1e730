import type { Log } from '@latchkey/runtime';

export interface WorkerLog extends Log {
  debug(fields: object, text: string): void;
}

/** The parts of a log line: level, fields and message. */
export type LogLine = readonly [level: 'debug' | 'info' | 'warn', fields: object, message: string];
