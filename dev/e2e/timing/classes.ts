import { createHash, randomBytes } from 'node:crypto';

/** The kinds of accounts behind an address. An attacker must not be able to learn the kind. */
export const CLASSES = ['known', 'unknown', 'disabled', 'over-limit'] as const;
export type Class = (typeof CLASSES)[number];

/**
 * The class of an address follows from a hash of the address. So all addresses look alike and have the same length, and every
 * process can compute the class of an address.
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
