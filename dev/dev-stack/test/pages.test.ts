import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakePage } from './support/fake-page.ts';

type Answers = Readonly<Record<string, () => unknown>>;

/** An API that answers by the first of these words that the operation holds. */
const api =
  (answers: Answers): typeof fetch =>
  async (_url, init) => {
    const body = String(init?.body);
    const [, answer] = Object.entries(answers).find(([word]) => body.includes(word)) ?? [];
    return Response.json({ data: await answer?.() });
  };
const POLICY = { passwordPolicy: () => ({ passwordPolicy: { minLength: 8, maxBytes: 72, rules: [] } }) };
const valid = () => ({ passwordResetToken: 'VALID' });
const formShown = (page: FakePage) => vi.waitFor(() => expect(page.element('form').hidden).toBe(false));

describe('the page for a new password', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is about the link opened last, however late the answer about an earlier one is', async () => {
    let answerEarly = (_status: unknown) => {};
    const early = new Promise((resolve) => {
      answerEarly = resolve;
    });
    const fetch = api({ ...POLICY, '"first"': () => early, '"second"': valid });
    const page = await FakePage.open('reset-password', { hash: '#token=first', fetch });

    await page.changeHash('#token=second');
    await formShown(page);
    answerEarly({ passwordResetToken: 'INVALID' });
    await new Promise((resolve) => setImmediate(resolve));

    expect(page.element('form').hidden).toBe(false);
    expect(page.element('problem').textContent).toBe('');
  });

  it('keeps no typed password once the link is dead, and says so where the reader is taken', async () => {
    const fetch = api({
      ...POLICY,
      'resetPassword(': () => ({ resetPassword: { code: 'INVALID_TOKEN' } }),
      passwordResetToken: valid,
    });
    const page = await FakePage.open('reset-password', { hash: '#token=x', fetch });
    await formShown(page);
    page.element('password').value = 'seventeen quiet lighthouses';
    page.element('repeat').value = 'seventeen quiet lighthouses';
    page.element('submit').focus();

    await page.submit();

    expect(page.element('form').hidden).toBe(true);
    expect([page.element('password').value, page.element('repeat').value]).toEqual(['', '']);
    expect(page.focused).toBe(page.element('title'));
    expect(page.element('problem').textContent).toContain('does not work any more');
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
    const page = await FakePage.open('forgot-password', { fetch });
    page.element('email').value = 'ada@acme.test';

    await page.submit();

    expect(page.element('outcome').textContent).toContain('R-AAAA-BBBB');
    expect(page.element('email').value).toBe('');
  });

  it('leaves the keyboard where it was when nothing could be sent', async () => {
    const fetch = api({
      requestPasswordReset: () => ({ requestPasswordReset: { code: 'SERVICE_UNAVAILABLE' } }),
    });
    const page = await FakePage.open('forgot-password', { fetch });
    page.element('submit').focus();
    const submitting = page.submit();
    // As browsers do with a button that is disabled while it has the focus.
    page.focused = undefined;

    await submitting;

    expect(page.focused).toBe(page.element('submit'));
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
    const page = await FakePage.open('forgot-password', { fetch: never });

    const gaveUp = await Promise.race([
      page.submit().then(() => true),
      new Promise((resolve) => setTimeout(resolve, 1_000, false)),
    ]);

    expect(gaveUp).toBe(true);
    expect(page.element('problem').textContent).toContain('No connection');
    expect(deadlines).toEqual([20_000]);
    vi.restoreAllMocks();
  });
});
