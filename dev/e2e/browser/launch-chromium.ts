import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts the Chromium of the system. Nothing is downloaded. */
export const launchChromium = async (): Promise<Browser> => {
  const executablePath = [process.env['CHROMIUM'], ...CANDIDATES].find(isExecutable);
  if (!executablePath) {
    throw new Error('no Chromium found: apt-get install chromium, or name one in CHROMIUM');
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
};

const isExecutable = (path: string | undefined): path is string => {
  try {
    accessSync(path ?? '', constants.X_OK);
    return path !== undefined;
  } catch {
    return false;
  }
};
