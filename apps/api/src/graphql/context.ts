import type { Client } from '@latchkey/password-reset';
import type { YogaInitialContext } from 'graphql-yoga';

/** What a resolver knows of its caller. Functions, so that nothing is worked out for operations that do not need it. */
export interface Caller {
  /** Worked out anew at each call, and reported where it cannot be resolved: call once. */
  readonly client: () => Client;
  readonly userAgent: () => string | null;
  /** W3C trace context of the caller, when it is well-formed. */
  readonly traceparent: () => string | null;
  /** Makes the answer carry `Retry-After` and answers the same whole seconds for its body. */
  readonly retryAfter: (ms: number) => number;
}

/** A resolver's context. */
export type ApiContext = YogaInitialContext & Caller;
