import { limiterForm } from './address.ts';
import { keyedHash } from './keyed-hash.ts';

/** HMACs, as 64 hex digits, that replace values which must not be stored in the clear. Each has a purpose label of its own. */
export interface Identifiers {
  /** Of a typed address in its coarse form: the account limit counts by it. */
  account(address: string): string;
  /** Of a stored address, exactly as it is: a token is bound to it. */
  address(stored: string): string;
  /**
   * Of a stored password hash, exactly as it is: a token is bound to it, so that it ends with the password that it was meant to
   * replace.
   */
  credential(passwordHash: string): string;
  /** Of a network in CIDR notation. */
  network(cidr: string): string;
}

/** @param options.key IDENTIFIER_HMAC_KEY, 32 bytes. */
export const createIdentifiers = ({ key }: { key: Uint8Array }): Identifiers => {
  const hex = (purpose: string, value: string): string => keyedHash(key, purpose, value).toString('hex');

  return {
    account: (address) => hex('identifier', limiterForm(address)),
    address: (stored) => hex('address', stored),
    credential: (passwordHash) => hex('credential', passwordHash),
    network: (cidr) => hex('network', cidr),
  };
};
