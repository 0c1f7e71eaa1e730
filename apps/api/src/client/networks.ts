import type { Client } from '@latchkey/password-reset';
import ipaddr from 'ipaddr.js';

/** The networks whose rate limits one client uses. */
interface ClientNetworks {
  /** The IPv4 address (/32) or the IPv6 /64, which a provider usually gives to one customer. */
  readonly narrow: string;
  /** The IPv6 /48 around it, which one customer may also hold; undefined for IPv4. */
  readonly wide: string | undefined;
}

/** Returns the networks of a client. `client` is a canonical address; see `createClientAddress`. */
export const networksOf = (client: string): ClientNetworks =>
  client.includes(':')
    ? { narrow: around(client, 64), wide: around(client, 48) }
    : { narrow: `${client}/32`, wide: undefined };

/**
 * Makes the function that turns a canonical address into what the core learns of a client. `network` and `wideNetwork` are
 * HMACs. `stored` is the HMAC of the narrow network, or (`truncated`) the address cut to an IPv4 /24 or an IPv6 /48.
 */
export const createClientOf = ({
  storage,
  identifiers,
}: {
  storage: 'hmac' | 'truncated';
  identifiers: { network(cidr: string): string };
}): ((address: string) => Client) => {
  return (address) => {
    const { narrow, wide } = networksOf(address);
    const network = identifiers.network(narrow);
    return {
      network,
      wideNetwork: wide === undefined ? null : identifiers.network(wide),
      stored: storage === 'hmac' ? network : around(address, address.includes(':') ? 48 : 24),
    };
  };
};

const around = (client: string, length: number): string => {
  const cidr = `${client}/${length}`;
  const base = client.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);

  return `${base.toString()}/${length}`;
};
