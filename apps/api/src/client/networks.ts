import type { Client } from '@latchkey/password-reset';
import ipaddr from 'ipaddr.js';

/** The networks one client counts for. */
interface ClientNetworks {
  /** An IPv4 address (/32) or an IPv6 /64, which is what one customer gets. */
  readonly narrow: string;
  /** The IPv6 /48 around it, which one customer may get as well; none for IPv4. */
  readonly wide: string | undefined;
}

/** `client` is a canonical address; see `createClientAddress`. */
export const networksOf = (client: string): ClientNetworks =>
  client.includes(':')
    ? { narrow: around(client, 64), wide: around(client, 48) }
    : { narrow: `${client}/32`, wide: undefined };

/**
 * What the flow is told of a client, by its canonical address. `stored` is the HMAC of the limiter's network, or the network cut
 * to IPv4 /24 and IPv6 /48.
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
