import { describe, expect, it } from 'vitest';
import { createClientOf, networksOf } from './networks.ts';

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

describe('what the flow is told of a client', () => {
  const identifiers = { network: (cidr: string) => `hmac(${cidr})` };
  const ADDRESSES = ['203.0.113.7', '2001:db8:1:2:3:4:5:6'];

  it('is HMACs of its networks', () => {
    const clientOf = createClientOf({ storage: 'hmac', identifiers });

    expect(ADDRESSES.map(clientOf)).toEqual([
      { network: 'hmac(203.0.113.7/32)', wideNetwork: null, stored: 'hmac(203.0.113.7/32)' },
      {
        network: 'hmac(2001:db8:1:2::/64)',
        wideNetwork: 'hmac(2001:db8:1::/48)',
        stored: 'hmac(2001:db8:1:2::/64)',
      },
    ]);
  });

  it('is stored as a network cut short where NETWORK_STORAGE says so', () => {
    const clientOf = createClientOf({ storage: 'truncated', identifiers });

    expect(ADDRESSES.map((address) => clientOf(address).stored)).toEqual([
      '203.0.113.0/24',
      '2001:db8:1::/48',
    ]);
  });
});
