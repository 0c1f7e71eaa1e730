import type { Client } from './client.ts';

/** Whether a point could be consumed; if not, how long until one can. */
export type LimitVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterMs: number };

/** Keys are HMACs, never addresses. Never rejects: without its store it limits in process. */
export interface RequestLimits {
  /** Visible when over. */
  network(client: Client): Promise<LimitVerdict>;
  /** Silent when over: the verdict goes into the row and only the worker acts on it. */
  account(identifierHmac: string): Promise<{ readonly overLimit: boolean }>;
}

/** What an invalid token costs whoever presents it. */
export interface RedeemLimits {
  /** Consumes one point of the network's budget for invalid tokens. */
  network(client: Client): Promise<LimitVerdict>;
}
