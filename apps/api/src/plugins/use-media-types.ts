import type { Plugin } from 'graphql-yoga';

/** What GraphQL over HTTP is answered in; Yoga's event streams and multipart answers have no use here. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json', 'application/*', '*/*'];

/**
 * POST of application/json, nothing else. Anything a page on another origin could send without a preflight (forms, plain
 * text, GET) must not run an operation. In development Yoga answers GET with GraphiQL's page before this is asked.
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

/** Judged as Yoga does once the operation has run, when it would be too late to refuse: UTF-8 or nothing. */
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
