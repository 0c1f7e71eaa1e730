import ipaddr from 'ipaddr.js';

/** The networks one client counts for. */
export interface ClientNetworks {
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

/** How a client's network is kept in rows: HMAC of the limiter's network, or cut to IPv4 /24 and IPv6 /48. */
export const createNetworkStorage = ({
  storage,
  identifiers,
}: {
  storage: 'hmac' | 'truncated';
  identifiers: { network(cidr: string): string };
}): ((client: string) => string) => {
  if (storage === 'hmac') return (client) => identifiers.network(networksOf(client).narrow);

  return (client) => (client.includes(':') ? around(client, 48) : around(client, 24));
};

const around = (client: string, length: number): string => {
  const cidr = `${client}/${length}`;
  const base = client.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);

  return `${base.toString()}/${length}`;
};
