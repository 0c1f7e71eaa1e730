import { createHash } from 'node:crypto';
import type { DeliveryId } from '@latchkey/password-reset';

/**
 * The `Message-ID` of a delivery: a digest of the delivery's id. Every repetition has the same one, no two deliveries share
 * one, and a mailbox learns no internal id. The digest uses no key, so a change of keys does not change it.
 */
export const messageIdFor = (deliveryId: DeliveryId, domain: string): string => {
  const digest = createHash('sha256').update('latchkey/message-id\0').update(deliveryId).digest('hex');
  return `<${digest.slice(0, 40)}@${domain}>`;
};
