import type { Client } from './client.ts';

/** Whether a point could be consumed; if not, the milliseconds until one can. */
export type LimitVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterMs: number };

/**
 * The limits for requests. Keys are HMACs, never addresses. Neither method rejects: without Redis the API counts in its own
 * memory.
 */
export interface RequestLimits {
  /** A client over this limit is told so. */
  network(client: Client): Promise<LimitVerdict>;
  /**
   * An account over this limit gets the same answer as any other: the verdict goes into the row, and only the worker acts on it
   * (decision 4).
   */
  account(identifierHmac: string): Promise<{ readonly overLimit: boolean }>;
}

/** The limit for invalid tokens. */
export interface RedeemLimits {
  /** Consumes one point of the network's budget for invalid tokens. */
  network(client: Client): Promise<LimitVerdict>;
}
