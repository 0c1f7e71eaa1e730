import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CHECK, POLICY as POLICY_QUERY, REQUEST, RESET } from '../src/graphql/index.ts';
import { PATIENCE_MS } from '../src/until.ts';
import { API, openPage, type Page } from './support/page.ts';

type Answers = Readonly<Record<string, () => unknown>>;

/** An API whose answer depends on the first of these words that the operation contains. */
const api =
  (answers: Answers): typeof fetch =>
  async (url, init) => {
    expect(String(url)).toBe(API);
    const body = String(init?.body);
    const [, answer] = Object.entries(answers).find(([word]) => body.includes(word)) ?? [];
    return Response.json({ data: await answer?.() });
  };
const POLICY = { passwordPolicy: () => ({ passwordPolicy: { minLength: 8, maxBytes: 72, rules: [] } }) };
const valid = () => ({ passwordResetToken: 'VALID' });
const formShown = (page: Page) => vi.waitFor(() => expect(page.hidden('form')).toBe(false), PATIENCE_MS);

describe('the operations in the pages', () => {
  const textsOf = async (page: string) => {
    const source = await readFile(new URL(`../static/pages/${page}.js`, import.meta.url), 'utf8');
    return [...source.matchAll(/^const [A-Z]+ = (['`])([\s\S]*?)\1;$/gm)].map(([, , text]) => text);
  };

  it('are those that everything else here sends', async () => {
    expect(await textsOf('forgot-password')).toEqual([REQUEST]);
    expect(await textsOf('reset-password')).toEqual([CHECK, POLICY_QUERY, RESET]);
  });
});

describe('the page for a new password', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is about the link opened last, however late the answer about an earlier one is', async () => {
    let answerEarly = (_status: unknown) => {};
    const early = new Promise((resolve) => {
      answerEarly = resolve;
    });
    const fetch = api({ ...POLICY, '"first"': () => early, '"second"': valid });
    const page = await openPage('reset-password', { hash: '#token=first', fetch });

    page.changeHash('#token=second');
    await formShown(page);
    answerEarly({ passwordResetToken: 'INVALID' });
    await new Promise((resolve) => setImmediate(resolve));

    expect(page.hidden('form')).toBe(false);
    expect(page.text('problem')).toBe('');
    expect(page.location.href).toBe('http://pages.test/reset-password');
  });

  it('keeps no typed password once the link is over, and says so where the reader is taken', async () => {
    const fetch = api({
      ...POLICY,
      'resetPassword(': () => ({ resetPassword: { code: 'INVALID_TOKEN' } }),
      passwordResetToken: valid,
    });
    const page = await openPage('reset-password', { hash: '#token=x', fetch });
    await formShown(page);
    expect(page.document.activeElement).toBe(page.element('username'));
    page.control('password').value = 'seventeen quiet lighthouses';
    page.control('repeat').value = 'seventeen quiet lighthouses';
    page.control('submit').focus();

    await page.submit();

    expect(page.hidden('form')).toBe(true);
    expect(page.hidden('again')).toBe(false);
    expect([page.control('password').value, page.control('repeat').value]).toEqual(['', '']);
    expect(page.document.activeElement).toBe(page.element('title'));
    expect(page.text('problem')).toContain('does not work any more');
  });
});

describe('a refused password', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is explained reason by reason, at the field that has to be changed', async () => {
    const reasons = [
      { rule: 'TOO_SHORT', message: 'too short' },
      { rule: 'A_RULE_OF_TOMORROW', message: 'It has to hold a <b>lighthouse</b>.' },
    ];
    const fetch = api({
      ...POLICY,
      'resetPassword(': () => ({ resetPassword: { code: 'PASSWORD_REJECTED', reasons } }),
      passwordResetToken: valid,
    });
    const page = await openPage('reset-password', { hash: '#token=x', fetch });
    await formShown(page);
    page.control('password').value = 'short';
    page.control('repeat').value = 'short';

    await page.submit();

    expect([...page.element('problem').querySelectorAll('li')].map((item) => item.textContent)).toEqual([
      'It is too short; at least 8 characters.',
      'It has to hold a <b>lighthouse</b>.',
    ]);
    expect(page.element('password').getAttribute('aria-invalid')).toBe('true');
    expect(page.element('repeat').getAttribute('aria-invalid')).toBe(null);
    expect(page.document.activeElement).toBe(page.element('password'));
  });
});

describe('the page that asks for a link', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('keeps no address once it has been sent, for whoever goes back to the page', async () => {
    const fetch = api({
      requestPasswordReset: () => ({
        requestPasswordReset: { reference: 'R-AAAA-BBBB', expiresInSeconds: 60 },
      }),
    });
    const page = await openPage('forgot-password', { fetch });
    page.control('email').value = 'ada@acme.test';

    await page.submit();

    expect(page.hidden('form')).toBe(true);
    expect(page.text('outcome')).toContain('R-AAAA-BBBB');
    expect(page.control('email').value).toBe('');
  });

  it('leaves the keyboard where it was when nothing could be sent', async () => {
    const fetch = api({
      requestPasswordReset: () => ({ requestPasswordReset: { code: 'SERVICE_UNAVAILABLE' } }),
    });
    const page = await openPage('forgot-password', { fetch });
    page.control('submit').focus();
    const submitting = page.submit();
    // A browser removes the focus from a button that is disabled. This DOM does not, so the test moves it.
    page.element('title').focus();
    expect(page.document.activeElement).toBe(page.element('title'));

    await submitting;

    expect(page.document.activeElement).toBe(page.element('submit'));
  });

  it('gives up on an API that never answers', async () => {
    const deadlines: number[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      deadlines.push(ms);
      return AbortSignal.abort();
    });
    const never: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        if (init?.signal?.aborted) reject(init.signal.reason);
      });
    const page = await openPage('forgot-password', { fetch: never });

    await page.submit();

    expect(page.text('problem')).toContain('No connection');
    expect(deadlines).toEqual([20_000]);
    vi.restoreAllMocks();
  });
});
