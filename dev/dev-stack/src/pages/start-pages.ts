import { staticFile } from '../http/static-files.ts';
import { type LocalServer, servePages } from '../http/static-server.ts';

const FILES: Readonly<Record<string, string>> = {
  '/pages.css': 'pages/pages.css',
  '/forgot-password.js': 'pages/forgot-password.js',
  '/reset-password.js': 'pages/reset-password.js',
  '/form.js': 'pages/form.js',
  '/graphql.js': 'pages/graphql.js',
  '/texts.js': 'pages/texts.js',
  '/icon.svg': 'icon.svg',
};
const DOCUMENTS: Readonly<Record<string, string>> = {
  '/': 'pages/forgot-password.html',
  '/forgot-password': 'pages/forgot-password.html',
  '/reset-password': 'pages/reset-password.html',
};

/** These headers prevent that the token leaves in a referrer, a cache or a foreign script (docs/threat-model.md, T-24). */
const headersFor = (apiOrigin: string): Readonly<Record<string, string>> => ({
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${apiOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});

/**
 * Serves the two pages at PUBLIC_WEB_URL: one to request a link, one to choose a new password. They are plain files, so a GET or
 * HEAD changes nothing. The token is in the fragment of the URL and never reaches this server.
 */
export const startPages = async ({
  apiOrigin,
  port = 0,
}: {
  /** Origin of the GraphQL API. The API need not run yet. */
  apiOrigin: string;
  port?: number;
}): Promise<LocalServer> =>
  servePages({
    port,
    headers: headersFor(apiOrigin),
    find: async (path) => {
      const file = FILES[path];
      if (file !== undefined) return staticFile(file);

      const document = DOCUMENTS[path];
      if (document === undefined) return undefined;
      const { type, body } = await staticFile(document);
      return { type, body: body.toString().replaceAll('{{api}}', `${apiOrigin}/graphql`) };
    },
  });
