import ipaddr from 'ipaddr.js';

/** An address range: its base address and its prefix length in bits. */
export type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Parses `10.0.0.0/8`, `fd00::/8` or a single address; undefined for anything else. IPv4-mapped IPv6 counts as IPv4. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = '', prefix, ...more] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || more.length > 0) return undefined;

  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  if (prefix === undefined) return [parsed, bits];
  const mapped = address.includes(':') && bits === 32 ? 96 : 0;
  const length = Number(prefix) - mapped;

  return /^\d{1,3}$/.test(prefix) && length >= 0 && length <= bits ? [parsed, length] : undefined;
};

/**
 * Parses one address without port; undefined for anything else. IPv4 must have four decimal parts, because the other spellings
 * that `inet_aton` allows would give one client several names.
 */
export const parseAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined => {
  const bare = text.replace(/%.*$/, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !(bare.includes(':') && ipaddr.IPv6.isValid(bare))) {
    return undefined;
  }
  return ipaddr.process(bare);
};

/** Whether `address` lies in one of `ranges`. */
export const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Cidr[]): boolean =>
  ranges.some(([base, length]) => address.kind() === base.kind() && address.match(base, length));
