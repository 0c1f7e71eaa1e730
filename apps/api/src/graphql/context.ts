import type { Client } from '@latchkey/password-reset';
import type { YogaInitialContext } from 'graphql-yoga';

/** What a resolver knows of its caller. These are functions, so that an operation computes only what it needs. */
export interface Caller {
  /** Computes the client and reports one whose address is not certain. Call it once per operation, or the report counts twice. */
  readonly client: () => Client;
  readonly userAgent: () => string | null;
  /** The caller's W3C trace context; null if it is missing or malformed. */
  readonly traceparent: () => string | null;
  /** Sets the header `Retry-After` and returns the same number of whole seconds for the body. */
  readonly retryAfter: (ms: number) => number;
}

/** The context of every resolver. */
export type ApiContext = YogaInitialContext & Caller;
