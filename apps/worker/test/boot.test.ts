import { describe, expect, it } from 'vitest';
import { spawnWorker } from './support/stack.ts';

describe('worker at boot', () => {
  it('lists everything that is wrong with its configuration at once and ends with 78', async () => {
    const worker = await spawnWorker({
      SMTP_URL: 'http://relay.test',
      RESET_TOKEN_KEYS: 'k1:c2hvcnQ=',
      MAIL_FROM: 'nobody',
      PUBLIC_WEB_URL: 'http://acme.test',
      IDENTIFIER_HMAC_KEY: 'c2hvcnQ=',
    });

    expect(await worker.exited).toEqual({ code: 78, signal: null });
    const said = worker.lines().join('\n');
    for (const name of [
      'MONGODB_URI',
      'REDIS_URL',
      'SMTP_URL',
      'RESET_TOKEN_KEYS',
      'MAIL_FROM',
      'PUBLIC_WEB_URL',
      'IDENTIFIER_HMAC_KEY',
    ]) {
      expect(said).toContain(name);
    }
    expect(said).not.toContain('c2hvcnQ');
  });
});
