import type { Logger } from '@latchkey/runtime';

export type WorkerLog = Pick<Logger, 'debug' | 'info' | 'warn'>;

/** A log line before it is written. */
export type LogLine = readonly [level: 'debug' | 'info' | 'warn', fields: object, message: string];
