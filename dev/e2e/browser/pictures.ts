/** `npm run pictures`: makes pictures for the README of both pages, the inbox and the mail of `npm start`. Needs a Chromium. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEMO_ACCOUNTS, startStack } from '@latchkey/dev-stack';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './launch-chromium.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
/** Sharp enough for the README and small enough for the repository. */
const PHONE = { width: 400, height: 660, scale: 1.5 };
const SCREEN = { width: 1_000, height: 760, scale: 1 };

const say = (line: string) => process.stdout.write(`${line}\n`);

const openPage = async (
  browser: Browser,
  { scale, ...viewport }: typeof PHONE,
  url: string,
): Promise<Page> => {
  const context = await browser.newContext({
    locale: 'en-GB',
    colorScheme: 'light',
    viewport,
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  await page.goto(url);
  return page;
};

const photograph = async (page: Page, name: string): Promise<void> => {
  const path = `${FOLDER}${name}.png`;
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  say(`  docs/pictures/${name}.png, ${Math.ceil(statSync(path).size / 1024)} kB`);
};

const main = async (): Promise<void> => {
  const [ada] = DEMO_ACCOUNTS;
  if (!ada) throw new Error('there is no demo account');
  const browser = await launchChromium();
  say('Starting a whole Latchkey for the pictures…');
  const stack = await startStack({
    database: `pictures_${randomBytes(6).toString('hex')}`,
    log: say,
    env: { both: { MAIL_JITTER: '0s', LOG_LEVEL: 'warn' } },
  });

  try {
    const ask = await openPage(browser, PHONE, `${stack.pages.url}/forgot-password`);
    await ask.fill('#email', ada.email);
    await ask.waitForSelector('#submit:not([disabled])');
    await photograph(ask, 'page');
    await ask.click('#submit');

    const mail = await stack.inbox.waitFor(({ to }) => to.includes(ada.email));
    const inbox = await openPage(browser, SCREEN, stack.inbox.url);
    await inbox.waitForSelector('#mail:not([hidden])');
    await inbox.frameLocator('#html').locator('a').first().waitFor();
    await photograph(inbox, 'inbox');
    await photograph(
      await openPage(browser, PHONE, new URL(`messages/${mail.id}/html`, `${stack.inbox.url}/`).href),
      'mail',
    );

    const link = mail.links.find((candidate) => candidate.includes('#token='));
    if (link === undefined) throw new Error('the mail has no link');
    const choose = await openPage(browser, PHONE, link);
    await choose.fill('#password', 'seventeen quiet lighthouses');
    await choose.fill('#repeat', 'seventeen quiet lighthouses');
    await photograph(choose, 'new-password');
  } finally {
    await browser.close();
    await stack.stop();
  }
};

await main();
