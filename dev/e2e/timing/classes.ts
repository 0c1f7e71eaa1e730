import { createHash, randomBytes } from 'node:crypto';

/** Who might be behind an address; nobody outside may learn which. */
export const CLASSES = ['known', 'unknown', 'disabled', 'over-limit'] as const;
export type Class = (typeof CLASSES)[number];

/**
 * The class of an address is a hash of it: all addresses look alike and are equally long, and still every process knows
 * which class one belongs to without being told.
 */
export const classOf = (address: string): Class =>
  CLASSES[(createHash('sha256').update(address).digest()[0] ?? 0) % CLASSES.length] ?? 'known';

export const newAddresses = (wanted: Class, count: number): readonly string[] => {
  const addresses: string[] = [];
  while (addresses.length < count) {
    const address = `${randomBytes(8).toString('hex')}@acme.test`;
    if (classOf(address) === wanted) addresses.push(address);
  }
  return addresses;
};
