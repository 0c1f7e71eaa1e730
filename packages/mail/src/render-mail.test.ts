import { describe, expect, it } from 'vitest';
import { changedMail, LINK, resetMail } from '../test/support/messages.ts';
import { renderMail, TEMPLATE_VERSION } from './render-mail.ts';
import type { MailDocument } from './templates/document.ts';
import { renderHtml } from './templates/render-html.tsx';
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
  ])(
    'read like this (%s, %s); a change here means a new TEMPLATE_VERSION',
    async (_kind, _locale, message) => {
      const { subject, text, html } = await renderMail(message, BRAND);

      expect(TEMPLATE_VERSION).toBe(2);
      expect(`Subject: ${subject}\n\n${text}`).toMatchSnapshot('text');
      expect(html.replaceAll('><', '>\n<')).toMatchSnapshot('html');
    },
  );

  it.each([
    ['en', 'in 30 minutes (until 14:05 UTC)'],
    ['de', 'in 30 Minuten (bis 14:05 UTC)'],
  ])('say in text and HTML alike when the link ends (%s)', async (locale, expiry) => {
    const { text, html } = await renderMail(resetMail({ locale }), BRAND);

    expect(text).toContain(expiry);
    expect(visible(html)).toContain(expiry);
  });

  it.each([
    ['en', 'The newest one works, even if somebody else asked for it.'],
    ['de', 'Die neueste gilt, auch wenn jemand anderes sie angefordert hat.'],
  ])('say that the newest one works, whoever asked for it (%s)', async (locale, sentence) => {
    const { text, html } = await renderMail(resetMail({ locale }), BRAND);

    expect(text).toContain(sentence);
    expect(visible(html)).toContain(sentence);
  });

  it.each([
    ['en', 1, 'in 1 minute (until 14:05 UTC)'],
    ['en', 0, 'in less than a minute (until 14:05 UTC)'],
    ['en', 1440, 'in 1440 minutes (until 21 November 2026, 14:05 UTC)'],
    ['de', 1, 'in 1 Minute (bis 14:05 UTC)'],
  ])('say it right in %s for %i minutes', async (locale, ttlMinutes, expected) => {
    const expiresAt = new Date('2026-11-21T14:05:59.999Z');
    const content = { kind: 'password-reset', link: LINK, expiresAt, ttlMinutes } as const;

    expect((await renderMail(resetMail({ locale, content }), BRAND)).text).toContain(expected);
  });

  it.each([
    ['en', '21 November 2026, 14:05 UTC'],
    ['de', '21. November 2026, 14:05 UTC'],
  ])('say in text and HTML alike when the password was changed (%s)', async (locale, when) => {
    const { text, html } = await renderMail(changedMail({ locale }), BRAND);

    expect(text).toContain(when);
    expect(visible(html)).toContain(when);
  });

  it.each(['en', 'de'])('say every sentence of the text in the HTML, too (%s)', async (locale) => {
    for (const message of [resetMail({ locale }), changedMail({ locale })]) {
      const { text, html } = await renderMail(message, BRAND);
      const seen = visible(html);

      for (const line of text.split('\n')) expect(seen).toContain(line.replace(/^-- |:$/g, ''));
    }
  });

  it.each(['en', 'de'])(
    'name their language and direction, and load nothing from anywhere (%s)',
    async (locale) => {
      for (const message of [resetMail({ locale }), changedMail({ locale })]) {
        const { html } = await renderMail(message, BRAND);

        expect(html).toContain(`<html dir="ltr" lang="${locale}">`);
        expect(html).not.toMatch(/<img|<script|<link|<iframe|\bsrc=|url\(|@import|@font-face/i);
      }
    },
  );

  it('fall back to English for a language they do not have', async () => {
    expect((await renderMail(resetMail({ locale: 'tlh' }), BRAND)).subject).toBe(
      'Reset your password for Acme',
    );
  });

  it('greet without a name where the name is not fit for it', async () => {
    const { text, html } = await renderMail(resetMail({ name: 'Win at evil.example' }), BRAND);

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

  it('never let a text become markup', async () => {
    const html = await renderHtml(document);

    expect(html).not.toMatch(/<script|<a href='|href="https:\/\/acme\.test\/"/);
    expect(visible(html)).toContain(hostile);
  });

  it('leave the plain rendering as it was written', () => {
    expect(renderText(document)).toContain(hostile);
  });
});
