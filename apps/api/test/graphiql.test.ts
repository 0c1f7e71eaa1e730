import { afterEach, expect, it } from 'vitest';
import { loadGraphiQL } from '../src/graphiql.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';

let api: TestApi;
afterEach(() => api.close());

it('GraphiQL in development loads nothing from elsewhere', async () => {
  api = await startTestApi({ mode: 'development', renderGraphiQL: await loadGraphiQL() });
  const { status, text } = await api.send('GET', undefined, { accept: 'text/html' });

  expect(status).toBe(200);
  expect(text).toContain('<title>');
  const loaded = [...text.matchAll(/<(?:script|link|img)\b[^>]*\b(?:src|href)\s*=\s*["']?([^"'\s>]+)/gi)];
  expect(loaded.map(([, url = '']) => url).filter((url) => /^(https?:)?\/\//.test(url))).toEqual([]);
  // The page contains a script of several megabytes, so it works without a network.
  expect(text.length).toBeGreaterThan(1_000_000);
});

it('there is no GraphiQL in production', async () => {
  api = await startTestApi({ mode: 'production', renderGraphiQL: await loadGraphiQL() });
  const { text } = await api.send('GET', undefined, { accept: 'text/html' });

  expect(text).not.toContain('<script');
});
