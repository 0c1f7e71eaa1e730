import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';

type Texts = Readonly<Record<string, unknown>>;
interface TextsModule {
  languages: { en: Texts; de: Texts };
}

const VALUES = {
  expiresInSeconds: 1800,
  reference: 'R-AAAA-BBBB',
  minLength: 8,
  maxBytes: 72,

  retryAfterSeconds: 90,
};
const render = (entry: unknown): unknown => (typeof entry === 'function' ? entry(VALUES) : entry);

describe('texts of the pages', () => {
  let languages: TextsModule['languages'];
  beforeAll(async () => {
    vi.stubGlobal('navigator', { languages: ['de-CH', 'en'], language: 'de-CH' });
    const file = new URL('../../static/pages/texts.js', import.meta.url).href;
    ({ languages } = (await import(/* @vite-ignore */ file)) as TextsModule);
  });

  it('says everything in both languages, and differently', () => {
    expect(Object.keys(languages.de)).toEqual(Object.keys(languages.en));
    for (const key of Object.keys(languages.en)) {
      expect(render(languages.de[key]), key).not.toBe(render(languages.en[key]));
      expect(String(render(languages.de[key])), key).not.toContain('undefined');
      expect(String(render(languages.en[key])), key).not.toContain('undefined');
    }
  });

  it('has a text for every error code and password rule of the contract', () => {
    const known = Object.keys(languages.en);
    expect(known).toEqual(
      expect.arrayContaining([
        ...['INVALID_EMAIL', 'INVALID_TOKEN', 'PASSWORD_REJECTED', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE'],
        ...[
          'TOO_SHORT',
          'TOO_LONG',
          'INVALID_CHARACTERS',
          'COMMON',
          'CONTAINS_ACCOUNT_WORDS',
          'SAME_AS_CURRENT',
        ],
      ]),
    );
  });

  it('knows every text that a page asks for', async () => {
    const known = Object.keys(languages.en);
    for (const page of ['forgot-password', 'reset-password']) {
      const html = await readFile(new URL(`../../static/pages/${page}.html`, import.meta.url), 'utf8');
      for (const [, key] of html.matchAll(/data-text="([^"]*)"/g)) expect(known).toContain(key);
      const script = await readFile(new URL(`../../static/pages/${page}.js`, import.meta.url), 'utf8');
      for (const [, key] of script.matchAll(/\b(?:text|translate)\('([^']*)'/g)) expect(known).toContain(key);
    }
  });
});
