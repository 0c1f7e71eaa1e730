import { createHmac } from 'node:crypto';

/**
 * The start of every keyed hash in the product. The purpose follows, so that one key used for two purposes never gives the same
 * value for both.
 */
const LABEL = 'latchkey/v1';

/** HMAC-SHA256(key, "latchkey/v1" 0x00 purpose 0x00 parts…). */
export const keyedHash = (
  key: Uint8Array,
  purpose: string,
  ...parts: readonly (string | Uint8Array)[]
): Buffer => {
  const hmac = createHmac('sha256', key).update(`${LABEL}\0${purpose}\0`);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};
