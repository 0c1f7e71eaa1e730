import type { Plugin } from 'graphql-yoga';

/** The media types of answers in GraphQL over HTTP. Yoga's event streams and multipart answers are not offered. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json', 'application/*', '*/*'];

/**
 * Accepts only POST with application/json. A page of another origin can send forms, plain text and GET without a preflight, so
 * those must not run an operation. In development Yoga answers GET with the GraphiQL page before this plugin runs.
 */
export const useMediaTypes = (): Plugin => ({
  onRequest({ request, fetchAPI, endResponse }) {
    const refuse = (status: number, headers: Record<string, string> = {}): void =>
      endResponse(new fetchAPI.Response(null, { status, headers }));

    if (request.method !== 'POST') {
      refuse(405, { Allow: 'POST' });
    } else if (!isJson(request.headers.get('content-type'))) {
      refuse(415, { Accept: 'application/json' });
    } else if (!isAnswerable(request.headers.get('accept'))) {
      refuse(406);
    }
  },
});

const isJson = (contentType: string | null): boolean =>
  contentType === 'application/json' ||
  /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType ?? '');

/** Same rule as Yoga's (only UTF-8). Yoga applies it after the operation has run, when a refusal would be too late. */
const isAnswerable = (accept: string | null): boolean =>
  accept === null ||
  accept
    .toLowerCase()
    .replace(/\s/g, '')
    .split(',')
    .map((range) => range.split(';'))
    .some(
      ([type = '', ...parameters]) =>
        ANSWER_TYPES.includes(type) &&
        parameters.every((parameter) => !parameter.includes('charset=') || parameter === 'charset=utf-8'),
    );
