import {
  type DestinationStream,
  destination as openDestination,
  type Logger as PinoLogger,
  pino,
} from 'pino';
import pretty from 'pino-pretty';
import { scrubText, scrubValue } from './scrub.ts';
import { serializeError } from './serialize-error.ts';

/** The log of a process, used as `log.info({ event: 'mail.delivery', … }, 'text')`. */
export type Logger = PinoLogger;
/** The functions of a {@link Logger} that most of the code needs. */
export interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}
/** A log that writes nothing. */
export const silentLog: Log = { info: () => {}, warn: () => {} };
/** Values of LOG_LEVEL, from the most lines to none. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Name of the process: `api`, `worker`. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Coloured lines for reading in a terminal, instead of JSON. */
  readonly pretty?: boolean;
  /**
   * Where the lines go; standard output by default. It is written synchronously, so that no line is lost when the process
   * exits.
   */
  readonly destination?: DestinationStream;
}

/** A logger that removes secrets from every line: see {@link scrubValue} and {@link serializeError}. */
export const createLogger = ({
  name,
  level = 'info',
  pretty: forPeople = false,
  destination = openDestination({ dest: 1, sync: true }),
}: LoggerOptions): Logger => {
  const log = pino(
    {
      name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: scrubRecord,
      },
      // formatters.log runs before serializers, so errors in a record are plain objects by now.
      serializers: { err: (error: unknown) => (error instanceof Error ? serializeError(error) : error) },
      hooks: {
        logMethod(args, method) {
          method.apply(this, scrubArguments(args) as typeof args);
        },
      },
    },
    forPeople
      ? pretty({ destination, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', singleLine: true })
      : destination,
  );
  scrubChildren(log);

  return log;
};

// pino passes the bindings of a child logger to no formatter. Children inherit `child` from their parent, so one override is
// enough.
const scrubChildren = (log: Logger): void => {
  const child = log.child;

  log.child = function scrubbed(this: Logger, bindings, options) {
    return child.call(this, scrubRecord(bindings), options);
  } as typeof child;
};

const scrubRecord = (record: object): Record<string, unknown> =>
  scrubValue(record, serializeError) as Record<string, unknown>;

// Without a text, pino copies the error's message into msg, past every formatter: `log.error(error)`, `log.error({ err: error
// })`.
const scrubArguments = ([first, ...rest]: readonly unknown[]): readonly unknown[] => {
  const head = first instanceof Error ? { err: first } : typeof first === 'string' ? scrubText(first) : first;
  const text = rest.length === 0 ? textOf(head) : undefined;

  return [
    head,
    ...(text === undefined ? [] : [text]),
    ...rest.map((part) => scrubValue(part, serializeError)),
  ];
};

const textOf = (record: unknown): string | undefined => {
  if (typeof record !== 'object' || record === null || !('err' in record) || 'msg' in record)
    return undefined;
  const { err } = record;
  if (err instanceof Error) return serializeError(err).message;

  return typeof err === 'object' && err !== null && 'message' in err
    ? scrubText(String(err.message))
    : undefined;
};
