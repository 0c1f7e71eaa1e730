import type { NewRequest } from '@latchkey/password-reset';

/** A request as the API writes it, due at once. */
export const newRequest = (requestId: string, at: Date): NewRequest => ({
  requestId,
  reference: 'R-0000-0000',
  identifierHmac: 'h',
  address: 'ada@example.com',
  overLimit: false,
  network: null,
  userAgent: null,
  locale: null,
  traceparent: null,
  acceptedAt: at,
  dueAt: at,
});
