import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalServer } from '../http/static-server.ts';
import { startPages } from './start-pages.ts';

describe('pages', () => {
  let pages: LocalServer;
  beforeAll(async () => {
    pages = await startPages({ apiOrigin: 'http://127.0.0.1:4000' });
  });
  afterAll(() => pages.stop());

  it.each(['/forgot-password', '/reset-password', '/reset-password.js', '/nothing'])(
    'answers %s with the headers that keep a token in',
    async (path) => {
      const { headers } = await fetch(pages.url + path);

      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toBeNull();
      const policy = headers.get('content-security-policy')?.split('; ');
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          'connect-src http://127.0.0.1:4000',
          "frame-ancestors 'none'",
          "form-action 'none'",
        ]),
      );
    },
  );

  it.each(['/forgot-password', '/reset-password'])(
    'loads nothing from elsewhere and has no inline script or style on %s',
    async (path) => {
      const html = await (await fetch(pages.url + path)).text();

      for (const [, address] of html.matchAll(/(?:src|href|action)="([^"]*)"/g))
        expect(address).toMatch(/^\/\w/);
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
      expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
      expect(html).toContain('content="http://127.0.0.1:4000/graphql"');
    },
  );

  it('never sends a form by itself, so no password can end up in an address', async () => {
    const html = await (await fetch(`${pages.url}/reset-password`)).text();

    expect(html).toMatch(/<form[^>]* method="post"/);
    expect((await fetch(`${pages.url}/reset-password`, { method: 'POST', body: 'a=b' })).status).toBe(405);
  });

  it('answers HEAD like GET, without a body', async () => {
    const head = await fetch(`${pages.url}/reset-password`, { method: 'HEAD' });

    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('serves nothing but its own files', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/pages/texts.js',
      '//etc/passwd',
      '//',
    ]) {
      expect((await fetch(pages.url + path)).status).toBe(404);
    }
  });

  it('names every field, and the password fields as a password manager knows them', async () => {
    const html = await (await fetch(`${pages.url}/reset-password`)).text();

    for (const [, id] of html.matchAll(/<input id="([^"]*)"/g)) {
      expect(html).toMatch(new RegExp(`<label (class="check" )?for="${id}"`));
    }
    expect(html.match(/autocomplete="new-password"/g)).toHaveLength(2);
    expect(html.match(/autocomplete="username"/g)).toHaveLength(1);
    expect(html).toMatch(/role="alert"/);
    expect(html).toMatch(/aria-live="polite"/);
  });
});
