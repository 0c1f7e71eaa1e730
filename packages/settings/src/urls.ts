import { field, isLoopback } from '@latchkey/runtime';
import { readSmtpUrl, type SmtpEndpoint } from './smtp-url.ts';

/** Host names of a URL that may name several (`mongodb://a:1,b:2/db`), without ports and credentials. */
const hostsOf = (url: string): readonly string[] => {
  const authority = url.replace(/^[a-z+]+:\/\//i, '').split(/[/?#]/)[0] ?? '';

  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .split(',')
    .map((host) => host.replace(/:\d*$/, '').toLowerCase());
};

/** A warning for a URL with which an attacker on the network could read or change the traffic to another machine. */
const trafficAdvice =
  ({
    plain,
    instead,
    unverified = () => false,
  }: {
    plain: (url: string) => boolean;
    instead: string;
    unverified?: (url: string) => boolean;
  }) =>
  (url: string): string | undefined => {
    if (hostsOf(url).every(isLoopback)) return undefined;
    if (plain(url)) return `sends everything unencrypted to another machine; ${instead}`;

    return unverified(url)
      ? 'switches off the check of certificates, so that an attacker on the network can pose as the server; name ' +
          'the certificate authority (tlsCAFile) instead'
      : undefined;
  };

/** The options of a URL as the MongoDB driver reads them, in any case. The names are returned in lower case. */
const optionsOf = (url: string): ReadonlyMap<string, string> =>
  new Map([...new URLSearchParams(url.split('?', 2)[1])].map(([name, value]) => [name.toLowerCase(), value]));

const isPlainMongo = (url: string): boolean => {
  const options = optionsOf(url);
  const tls = options.get('tls') ?? options.get('ssl');

  return url.startsWith('mongodb+srv://') ? tls === 'false' : tls !== 'true';
};

const isUnverifiedMongo = (url: string): boolean =>
  ['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames'].some(
    (name) => optionsOf(url).get(name) === 'true',
  );

const acceptable = (url: string, scheme: RegExp): boolean =>
  scheme.test(url) && !/\s/.test(url) && hostsOf(url).every((host) => host !== '');

/** `mongodb://` (several hosts allowed) or `mongodb+srv://`. */
export const mongoUrl = () =>
  field(
    'a MongoDB URI: mongodb://host:27017/database or mongodb+srv://…',
    (url) => (acceptable(url, /^mongodb(\+srv)?:\/\//) ? url : undefined),
    trafficAdvice({ plain: isPlainMongo, unverified: isUnverifiedMongo, instead: 'add tls=true' }),
  );

/** `redis://` or `rediss://`. */
export const redisUrl = () =>
  field(
    'a Redis URL: redis://host:6379 or rediss://…',
    (url) => (acceptable(url, /^rediss?:\/\//) && URL.canParse(url) ? url : undefined),
    trafficAdvice({
      // ioredis ignores the scheme `rediss://` when the query has an empty `tls`.
      plain: (url) => url.startsWith('redis://') || /[?&]tls=(&|$)/.test(url),
      instead: 'use rediss://',
    }),
  );

/** One or more `smtp://` or `smtps://` URLs, in order of preference. */
export const smtpUrls = () =>
  field<readonly SmtpEndpoint[]>(
    'an SMTP URL, or several separated by commas: smtp://user:password@host:587 or smtps://…, percent-encoded, ' +
      'without a path and with no option but requireTLS',
    (value) => {
      const urls = value.split(',').map((url) => url.trim());
      if (!urls.every((url) => acceptable(url, /^smtps?:\/\//))) return undefined;

      const endpoints = urls.map(readSmtpUrl).filter((endpoint) => endpoint !== undefined);
      return endpoints.length === urls.length ? endpoints : undefined;
    },
    (value) =>
      value
        .split(',')
        .map((url) =>
          trafficAdvice({
            plain: (one) => one.startsWith('smtp://') && !/[?&]requireTLS=true\b/i.test(one),
            instead: 'use smtps://, or add requireTLS=true',
          })(url.trim()),
        )
        .find((advice) => advice !== undefined),
  );

/** URLs that can stand in the plain text of a mail. A blank, a quote or a bracket would end the link there. */
const LINKABLE = /^https?:\/\/[^\s"'<>\\/][^\s"'<>\\]*$/i;

/**
 * The base of the links that users click: https in production, elsewhere also http. It must have no query and no fragment; a
 * trailing slash is removed.
 */
export const webUrl = ({ httpsOnly }: { httpsOnly: boolean }) =>
  field(
    `an ${httpsOnly ? 'https' : 'http or https'} URL without query and fragment, such as https://example.com`,
    (value) => {
      if (!LINKABLE.test(value) || !URL.canParse(value)) return undefined;
      const { protocol, search, hash, username, password } = new URL(value);
      if (protocol !== 'https:' && (httpsOnly || protocol !== 'http:')) return undefined;
      if (`${search}${hash}${username}${password}` !== '' || /[?#]/.test(value)) return undefined;

      return value.replace(/\/+$/, '');
    },
  );
