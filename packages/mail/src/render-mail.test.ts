import { describe, expect, it } from 'vitest';
import { changedMail, LINK, resetMail } from '../test/support/messages.ts';
import { renderMail, TEMPLATE_VERSION } from './render-mail.ts';
import type { MailDocument } from './templates/document.ts';
import { renderHtml } from './templates/render-html.ts';
import { renderText } from './templates/render-text.ts';

const BRAND = { product: 'Acme', publicWebUrl: 'https://acme.test' };

/** What a reader of the HTML reads. */
const visible = (html: string) =>
  html
    .replace(/<(style|title)>.*?<\/\1>|<!--.*?-->/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');

describe('the mails', () => {
  it.each([
    ['password-reset', 'en', resetMail({ locale: 'en' })],
    ['password-reset', 'de', resetMail({ locale: 'de' })],
    ['password-changed', 'en', changedMail({ locale: 'en' })],
    ['password-changed', 'de', changedMail({ locale: 'de' })],
  ])('read like this (%s, %s); a change here means a new TEMPLATE_VERSION', (_kind, _locale, message) => {
    const { subject, text, html } = renderMail(message, BRAND);

    expect(TEMPLATE_VERSION).toBe(3);
    expect(`Subject: ${subject}\n\n${text}`).toMatchSnapshot('text');
    expect(html.replaceAll('><', '>\n<')).toMatchSnapshot('html');
  });

  it.each([
    ['en', 'in 30 minutes (until 14:05 UTC)'],
    ['de', 'in 30 Minuten (bis 14:05 UTC)'],
  ])('say in text and HTML alike when the link ends (%s)', (locale, expiry) => {
    const { text, html } = renderMail(resetMail({ locale }), BRAND);

    expect(text).toContain(expiry);
    expect(visible(html)).toContain(expiry);
  });

  it.each([
    ['en', 'The newest one works, even if somebody else asked for it.'],
    ['de', 'Die neueste gilt, auch wenn jemand anderes sie angefordert hat.'],
  ])('say that the newest one works, whoever asked for it (%s)', (locale, sentence) => {
    const { text, html } = renderMail(resetMail({ locale }), BRAND);

    expect(text).toContain(sentence);
    expect(visible(html)).toContain(sentence);
  });

  it.each([
    ['en', 1, 'in 1 minute (until 14:05 UTC)'],
    ['en', 0, 'in less than a minute (until 14:05 UTC)'],
    ['en', 1440, 'in 1440 minutes (until 21 November 2026, 14:05 UTC)'],
    ['de', 1, 'in 1 Minute (bis 14:05 UTC)'],
  ])('say it right in %s for %i minutes', (locale, ttlMinutes, expected) => {
    const expiresAt = new Date('2026-11-21T14:05:59.999Z');
    const content = { kind: 'password-reset', link: LINK, expiresAt, ttlMinutes } as const;

    expect(renderMail(resetMail({ locale, content }), BRAND).text).toContain(expected);
  });

  it.each([
    ['en', '21 November 2026, 14:05 UTC'],
    ['de', '21. November 2026, 14:05 UTC'],
  ])('say in text and HTML alike when the password was changed (%s)', (locale, when) => {
    const { text, html } = renderMail(changedMail({ locale }), BRAND);

    expect(text).toContain(when);
    expect(visible(html)).toContain(when);
  });

  it.each(['en', 'de'])('say every sentence of the text in the HTML, too (%s)', (locale) => {
    for (const message of [resetMail({ locale }), changedMail({ locale })]) {
      const { text, html } = renderMail(message, BRAND);
      const seen = visible(html);

      for (const line of text.split('\n')) expect(seen).toContain(line.replace(/^-- |:$/g, ''));
    }
  });

  it.each(['en', 'de'])(
    'name their language and direction, and load nothing from anywhere (%s)',
    (locale) => {
      for (const message of [resetMail({ locale }), changedMail({ locale })]) {
        const { html } = renderMail(message, BRAND);

        expect(html).toContain(`<html dir="ltr" lang="${locale}">`);
        expect(html).not.toMatch(/<img|<script|<link|<iframe|\bsrc=|url\(|@import|@font-face/i);
      }
    },
  );

  it('fall back to English for a language they do not have', () => {
    expect(renderMail(resetMail({ locale: 'tlh' }), BRAND).subject).toBe('Reset your password for Acme');
  });

  it.each([
    '<b>Acme</b>',
    'Tom & Jerry "Ltd"',
    "O'Brien <script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '</title><style>*{display:none}</style>',
  ])('show a product called %j as text, in title, preheader and body', (product) => {
    for (const message of [resetMail(), changedMail()]) {
      const { subject, html } = renderMail(message, { ...BRAND, product });
      const [, title] = /<title>(.*?)<\/title>/.exec(html) ?? [];

      expect(subject).toContain(product);
      expect(visible(html)).toContain(product);
      expect(visible(`<p>${title}</p>`)).toContain(subject);
      // Nothing but the tags of the layout itself.
      const tags = (text: string) => text.match(/<[a-z!/][^\s>]*/gi);
      expect(tags(html)).toEqual(tags(renderMail(message, BRAND).html));
    }
  });

  it('carry a link with a quote or a bracket in it as that very link', () => {
    const link = `https://acme.test/reset?a="b"&c='d'<e>#token=abc`;
    const content = { kind: 'password-reset', link, expiresAt: new Date(0), ttlMinutes: 30 } as const;
    const { html } = renderMail(resetMail({ content }), BRAND);

    const hrefs = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => visible(href ?? ''));
    expect(hrefs).toEqual([link, link]);
    expect(visible(html)).toContain(link);
  });

  it('greet without a name where the name is not fit for it', () => {
    const { text, html } = renderMail(resetMail({ name: 'Win at evil.example' }), BRAND);

    expect(text).toContain('\nHello,\n');
    expect(text + html).not.toContain('evil');
  });
});

describe('the renderers', () => {
  const hostile = '</p><script>alert("1")</script>&amp; <a href=\'javascript:x\'>';
  const document: MailDocument = {
    lang: 'en',
    dir: 'ltr',
    subject: hostile,
    preheader: hostile,
    heading: hostile,
    greeting: hostile,
    blocks: [
      { type: 'paragraph', text: hostile },
      { type: 'action', label: hostile, hint: hostile, url: `https://acme.test/"><script>` },
      { type: 'link', text: hostile, url: `https://acme.test/"><script>` },
      { type: 'small', text: hostile },
    ],
  };

  it('never let a text become markup', () => {
    const html = renderHtml(document);

    expect(html).not.toMatch(/<script|<a href='|href="https:\/\/acme\.test\/"/);
    expect(visible(html)).toContain(hostile);
  });

  it('say in which direction the mail runs', () => {
    expect(renderHtml({ ...document, lang: 'he', dir: 'rtl' })).toContain('<html dir="rtl" lang="he">');
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' \tjavascript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    '//evil.example',
    '/reset-password',
    'acme.test',
    '',
  ])('never let %j become a link; it is shown as text', (url) => {
    const html = renderHtml({
      ...document,
      blocks: [
        { type: 'action', label: 'Press me', hint: 'Copy this:', url },
        { type: 'link', text: 'Ask again', url },
      ],
    });

    expect(html).not.toMatch(/<a\b|href="|<script/i);
    expect(visible(html)).toContain(`Ask again: ${url}`.replace(/\s+/g, ' '));
  });

  it('leave the plain rendering as it was written', () => {
    expect(renderText(document)).toContain(hostile);
  });
});
