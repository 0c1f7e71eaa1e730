import { describe, expect, it } from 'vitest';
import { createNetworkStorage, networksOf } from './networks.ts';

describe('the networks of a client', () => {
  it('are its address for IPv4', () => {
    expect(networksOf('203.0.113.7')).toEqual({ narrow: '203.0.113.7/32', wide: undefined });
  });

  it('are its /64 and /48 for IPv6', () => {
    expect(networksOf('2001:db8:1:2:3:4:5:6')).toEqual({
      narrow: '2001:db8:1:2::/64',
      wide: '2001:db8:1::/48',
    });
    expect(networksOf('2001:db8:1:2:ffff:0:0:1')).toEqual(networksOf('2001:db8:1:2:3:4:5:6'));
    expect(networksOf('2001:db8:1:3:0:0:0:1')).not.toEqual(networksOf('2001:db8:1:2:0:0:0:1'));
  });
});

describe('a stored network', () => {
  const identifiers = { network: (cidr: string) => `hmac(${cidr})` };

  it('is an HMAC', () => {
    const stored = createNetworkStorage({ storage: 'hmac', identifiers });

    expect([stored('203.0.113.7'), stored('2001:db8:1:2:3:4:5:6')]).toEqual([
      'hmac(203.0.113.7/32)',
      'hmac(2001:db8:1:2::/64)',
    ]);
  });

  it('or is cut short', () => {
    const stored = createNetworkStorage({ storage: 'truncated', identifiers });

    expect([stored('203.0.113.7'), stored('2001:db8:1:2:3:4:5:6')]).toEqual([
      '203.0.113.0/24',
      '2001:db8:1::/48',
    ]);
  });
});
