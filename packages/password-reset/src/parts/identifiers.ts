import { limiterForm } from './address.ts';
import { keyedHash } from './keyed-hash.ts';

/** HMACs, as 64 hex digits, that stand for what must not be kept in the clear. Each has its own purpose label. */
export interface Identifiers {
  /** A typed address, in its coarse form: what the account limit counts by. */
  account(address: string): string;
  /** A stored address, exactly: what a token is bound to. */
  address(stored: string): string;
  /** A stored password hash, exactly: a token dies with the password it was meant to replace. */
  credential(passwordHash: string): string;
  /** A network in CIDR notation. */
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
