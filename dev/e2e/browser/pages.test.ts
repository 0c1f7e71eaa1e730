import { randomBytes } from 'node:crypto';
import { DEMO_ACCOUNTS, type Stack, startStack } from '@latchkey/dev-stack';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './launch-chromium.ts';

const NEW_PASSWORD = 'a walk along the harbour';
const [ada, bruno] = DEMO_ACCOUNTS;
if (!ada || !bruno) throw new Error('two demo accounts are needed');

let stack: Stack;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  stack = await startStack({
    database: `browser_${randomBytes(6).toString('hex')}`,
    env: { both: { MAIL_JITTER: '0s' }, api: { BCRYPT_COST: '4' } },
  });
  browser = await launchChromium();
}, 120_000);
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

interface Visit {
  readonly page: Page;
  readonly requests: readonly Request[];
  readonly complaints: readonly string[];
}

/** Opens a page in a new browser and records its requests and its errors. */
const visit = async (url: string, locale = 'en-GB'): Promise<Visit> => {
  const context = await browser.newContext({ locale, viewport: { width: 360, height: 740 } });
  contexts.push(context);
  const page = await context.newPage();
  const requests: Request[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, requests, complaints };
};

const ask = async (email: string, locale?: string): Promise<Visit> => {
  const visited = await visit(`${stack.pages.url}/forgot-password`, locale);
  await visited.page.fill('#email', email);
  await visited.page.click('#submit');
  await visited.page.waitForFunction(() => document.querySelector('#outcome')?.textContent !== '');
  return visited;
};
const mailedLink = async (email: string, after = 0): Promise<string> => {
  const mail = await stack.inbox.waitFor(
    ({ id, to, links }) => id > after && to.includes(email) && links.some((link) => link.includes('#token=')),
    PATIENCE_MS,
  );
  const link = mail.links.find((url) => url.includes('#token='));
  if (!link) throw new Error('a mail without a link');
  return link;
};
const lastMailId = (): number => Math.max(0, ...stack.inbox.messages().map(({ id }) => id));
const choose = async (page: Page, password: string, repeat = password): Promise<void> => {
  await page.waitForSelector('#form:not([hidden])');
  await page.fill('#password', password);
  await page.fill('#repeat', repeat);
  await page.click('#submit');
};
const logIn = async (email: string, password: string): Promise<number> => {
  const response = await fetch(`${stack.hostApp.url}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  return response.status;
};

describe('in a real browser', () => {
  it('a person asks, opens the mailed link, types a new password twice and can log in with it', async () => {
    const before = lastMailId();
    const asking = await ask(ada.email);
    const said = await asking.page.textContent('#outcome');
    expect(said).toContain('If there is an account with this address');
    expect(asking.complaints).toEqual([]);

    const { page, requests, complaints } = await visit(await mailedLink(ada.email, before));
    await choose(page, 'short and', 'different');
    await page.waitForSelector('#problem:not(:empty)');
    expect(await page.textContent('#problem')).toContain('differ');
    await choose(page, 'password1');
    await page.waitForSelector('#problem li');
    expect(await page.textContent('#problem')).toContain('most common');
    await choose(page, NEW_PASSWORD);
    await page.waitForSelector('#form[hidden]', { state: 'attached' });
    await page.waitForFunction(() => document.querySelector('#outcome')?.textContent?.includes('changed'));

    expect(await logIn(ada.email, NEW_PASSWORD)).toBe(200);
    expect(complaints).toEqual([]);
    const origins = new Set(requests.map((request) => new URL(request.url()).origin));
    expect([...origins].sort()).toEqual(
      [new URL(stack.pages.url).origin, new URL(stack.graphqlUrl).origin].sort(),
    );
  });

  it('the token leaves the address bar, and neither a URL nor a Referer ever carries it [T-24]', async () => {
    const before = lastMailId();
    await ask(ada.email);
    const link = await mailedLink(ada.email, before);
    const token = link.split('#token=')[1] ?? '';
    const { page, requests } = await visit(link);
    await page.waitForSelector('#form:not([hidden])');

    expect(page.url()).toBe(`${stack.pages.url}/reset-password`);
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(token);
    expect(
      await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      ),
    ).not.toContain(token);
    for (const request of requests.slice(1)) {
      expect(request.url()).not.toContain(token);
      const { referer } = await request.allHeaders();
      expect(referer ?? '').not.toContain(token);
    }
  });

  it('opening the link, even ten times, uses nothing up [T-22]', async () => {
    const before = lastMailId();
    await ask(bruno.email, 'de-DE');
    const link = await mailedLink(bruno.email, before);
    for (let i = 0; i < 10; i += 1) await fetch(link, { method: i % 2 ? 'HEAD' : 'GET' });
    const { page } = await visit(link, 'de-DE');
    await page.waitForSelector('#form:not([hidden])');
    expect(await page.textContent('h1')).toBe('Neues Passwort wählen');
    expect(await page.getAttribute('html', 'lang')).toBe('de');
  });

  it('a stranger reads the same words as a member', async () => {
    const words = async (email: string): Promise<string> => {
      const { page } = await ask(email);
      return (await page.textContent('#outcome'))?.replace(/R-\w{4}-\w{4}/, 'R-') ?? '';
    };
    expect(await words('nobody@acme.test')).toBe(await words(bruno.email));
  });

  it('a used link says so and leads to a new one', async () => {
    const before = lastMailId();
    await ask(ada.email);
    const link = await mailedLink(ada.email, before);
    const first = await visit(link);
    await choose(first.page, 'another walk, by the river');
    await first.page.waitForFunction(() =>
      document.querySelector('#outcome')?.textContent?.includes('changed'),
    );

    const second = await visit(link);
    await second.page.waitForSelector('#again:not([hidden])');
    expect(await second.page.textContent('#problem')).toContain('does not work any more');
    await second.page.click('#again a');
    await second.page.waitForSelector('#email');
  });

  it.each(['/forgot-password', '/reset-password'])(
    '%s lets no one frame, sniff, cache or script it [T-24]',
    async (path) => {
      const { headers } = await fetch(`${stack.pages.url}${path}`);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');

      const { page } = await visit(`${stack.pages.url}${path}`);
      const injected = await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'document.title = "injected"';
        document.body.append(script);
        return document.title;
      });
      expect(injected).not.toBe('injected');
    },
  );

  it('fits a phone: nothing to scroll sideways, every field labelled', async () => {
    const { page } = await visit(`${stack.pages.url}/forgot-password`);
    const layout = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      unlabelled: [...document.querySelectorAll('input')].filter((input) => input.labels?.length === 0)
        .length,
    }));
    expect(layout).toEqual({ overflow: 0, unlabelled: 0 });
  });
});
