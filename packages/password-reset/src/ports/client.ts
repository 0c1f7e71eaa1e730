/**
 * Who is calling, worked out once at the edge. The core never learns an address: it hands these to limits and hasher and
 * keeps `stored`.
 */
export interface Client {
  /** One customer's smallest network, as an HMAC: what limits count by and what takes turns at hashing. */
  readonly network: string;
  /** The IPv6 /48 around it, which one customer may have as well; null for IPv4. */
  readonly wideNetwork: string | null;
  /** The network as rows and audit may keep it (NETWORK_STORAGE). */
  readonly stored: string | null;
}
