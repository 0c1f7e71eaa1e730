import { describe, expect, it } from 'vitest';
import { type Cidr, parseCidr } from './cidr.ts';
import { createClientAddress } from './client-address.ts';

const trust = (...cidrs: string[]) =>
  createClientAddress(cidrs.map(parseCidr).filter((cidr): cidr is Cidr => cidr !== undefined));

describe('the client address', () => {
  it('is the peer when no proxy is trusted, whatever the header says', () => {
    const address = trust();

    expect(address('203.0.113.7', '198.51.100.1').address).toBe('203.0.113.7');
    expect(address('203.0.113.7', 'garbage').address).toBe('203.0.113.7');
  });

  it('is the peer when the peer is not among the trusted proxies', () => {
    expect(trust('10.0.0.0/8')('203.0.113.7', '198.51.100.1').address).toBe('203.0.113.7');
  });

  it('is the first untrusted hop from the right; what the client wrote to its left means nothing [T-08]', () => {
    const address = trust('10.0.0.0/8');

    expect(address('10.0.0.1', '203.0.113.7')).toEqual({ address: '203.0.113.7' });
    expect(address('10.0.0.1', '1.1.1.1, 203.0.113.7').address).toBe('203.0.113.7');
    expect(address('10.0.0.1', '1.1.1.1, 203.0.113.7, 10.0.0.2').address).toBe('203.0.113.7');
    expect(address('10.0.0.1', '10.0.0.9, 203.0.113.7').address).toBe('203.0.113.7');
  });

  it('is the outermost hop when all are trusted', () => {
    expect(trust('10.0.0.0/8')('10.0.0.1', '10.0.0.3, 10.0.0.2')).toEqual({ address: '10.0.0.3' });
  });

  it('may carry a port, as some balancers write it', () => {
    const address = trust('10.0.0.0/8', 'fd00::/8');

    expect(address('10.0.0.1', '203.0.113.7:4711').address).toBe('203.0.113.7');
    expect(address('fd00::1', '[2001:db8::1]:4711').address).toBe('2001:db8:0:0:0:0:0:1');
    expect(address('fd00::1', '[2001:db8::1]').address).toBe('2001:db8:0:0:0:0:0:1');
  });

  it('is IPv4 when it is an IPv4 address written as IPv6, for peers, hops and proxies', () => {
    const address = trust('::ffff:10.0.0.0/104');

    expect(address('::ffff:10.0.0.1', '::ffff:203.0.113.7')).toEqual({ address: '203.0.113.7' });
    expect(trust()('::ffff:203.0.113.7', null)).toEqual({ address: '203.0.113.7' });
  });

  it('has one spelling per client', () => {
    const address = trust('10.0.0.0/8');
    const spellings = [
      '2001:DB8::1',
      '2001:db8:0:0::1',
      '2001:0db8:0000:0000:0000:0000:0000:0001',
      '2001:db8::1%eth0',
    ];

    expect(new Set(spellings.map((spelling) => address('10.0.0.1', spelling).address)).size).toBe(1);
  });

  it('is the last known hop, and said to be unresolved, when a trusted proxy sends no or no usable header', () => {
    const address = trust('10.0.0.0/8');

    expect(address('10.0.0.1', null)).toEqual({ address: '10.0.0.1', unresolved: 'missing_header' });
    expect(address('10.0.0.1', ' , ')).toEqual({ address: '10.0.0.1', unresolved: 'missing_header' });
    for (const bad of ['unknown', '_hidden', '0x7f.1', '1.2.3', '127.1', '256.1.1.1', '203.0.113.7 evil']) {
      expect(address('10.0.0.1', `1.1.1.1, ${bad}, 10.0.0.2`)).toEqual({
        address: '10.0.0.2',
        unresolved: 'malformed_header',
      });
    }
  });

  it('is said to be unresolved when an inner address that nobody named sends a header [T-08]', () => {
    expect(trust()('10.0.0.1', '203.0.113.7')).toEqual({ address: '10.0.0.1', unresolved: 'ignored_header' });
    expect(trust('10.0.0.1')('10.0.0.1', '203.0.113.7, 10.0.0.2')).toEqual({
      address: '10.0.0.2',
      unresolved: 'ignored_header',
    });
    expect(trust()('10.0.0.1', null)).toEqual({ address: '10.0.0.1' });
  });

  it('is said to be unresolved, in another way, when a public address that nobody named sends a header', () => {
    expect(trust()('104.16.3.9', '203.0.113.7')).toEqual({
      address: '104.16.3.9',
      unresolved: 'ignored_header_public',
    });
    expect(trust('10.0.0.1')('10.0.0.1', '203.0.113.7, 104.16.3.9')).toEqual({
      address: '104.16.3.9',
      unresolved: 'ignored_header_public',
    });
    expect(trust()('104.16.3.9', null)).toEqual({ address: '104.16.3.9' });
  });

  it('is unresolved without a peer', () => {
    expect(trust('0.0.0.0/0')(undefined, '203.0.113.7')).toMatchObject({ unresolved: 'no_peer' });
  });
});

describe('a range of proxies', () => {
  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'proxy.internal',
    '',
    '10.0.0.0/',
  ])('cannot be %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('may be a single address', () => {
    expect(trust('10.0.0.1')('10.0.0.1', '203.0.113.7').address).toBe('203.0.113.7');
    expect(trust('10.0.0.1')('10.0.0.2', '203.0.113.7').address).toBe('10.0.0.2');
  });
});
