/**
 * The network that a call came from, determined once by the API. The core never sees an IP address: it passes this object to the
 * limits and to the hasher, and keeps `stored`.
 */
export interface Client {
  /**
   * HMAC of the smallest network that one customer has (an IPv4 address or an IPv6 /64). Limits count by it, and these networks
   * take turns at hashing (decision 37).
   */
  readonly network: string;
  /** HMAC of the IPv6 /48 around it, because one customer may have a whole /48; null for IPv4. */
  readonly wideNetwork: string | null;
  /** The network in the form that rows and audit keep (NETWORK_STORAGE). */
  readonly stored: string | null;
}
