import { scrubSecrets, scrubText } from './scrub.ts';

/** An error in the form in which it is logged. */
export interface LoggedError {
  readonly name: string;
  readonly code?: string | number;
  readonly message: string;
  /** Code locations only, because the first line of a stack repeats the message. */
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

const MAX_CAUSES = 4;

/**
 * Keeps only name, code, scrubbed message and code locations, because drivers attach whole commands, replies and documents to
 * their errors.
 */
export const serializeError = (error: unknown, depth = 0): LoggedError => {
  if (!(error instanceof Error)) return { name: 'Thrown', message: `a ${typeof error} was thrown` };

  const code = 'code' in error ? error.code : undefined;
  const stack = framesOf(error);

  return {
    name: scrubText(String(error.name)),
    ...(typeof code === 'string' ? { code: scrubText(code) } : typeof code === 'number' ? { code } : {}),
    message: messageOf(error),
    ...(stack.length > 0 ? { stack } : {}),
    ...(error.cause instanceof Error && depth < MAX_CAUSES
      ? { cause: serializeError(error.cause, depth + 1) }
      : {}),
  };
};

// The message of JSON.parse quotes the text that it could not read, which may be a request body with a password.
const messageOf = (error: Error): string =>
  error instanceof SyntaxError && /JSON/.test(error.message)
    ? 'invalid JSON'
    : scrubText(String(error.message));

const framesOf = ({ stack }: Error): readonly string[] =>
  (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => scrubSecrets(line.trim()));
