import { describe, expect, it } from 'vitest';
import { messageIdFor } from './message-id.ts';

const ID = '00112233445566778899aabbccddeeff';

describe('messageIdFor', () => {
  it('is the same for the same delivery, today and after an update', () => {
    expect(messageIdFor(`${ID}:password-reset`, 'acme.test')).toBe(
      '<a417568802207c589b7025d0c3a3a80e32e413d0@acme.test>',
    );
  });

  it('differs between deliveries of one request', () => {
    expect(messageIdFor(`${ID}:password-reset`, 'a.test')).not.toBe(
      messageIdFor(`${ID}:password-changed`, 'a.test'),
    );
  });

  it('tells nobody the id', () => {
    expect(messageIdFor(`${ID}:password-reset`, 'acme.test')).not.toContain(ID.slice(0, 8));
  });

  it('is a valid msg-id', () => {
    expect(messageIdFor(`${ID}:password-reset`, 'acme.test')).toMatch(/^<[0-9a-f]{40}@acme\.test>$/);
  });
});
