import { field } from './field.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/** Host names of a URL that may list several (`mongodb://a:1,b:2/db`), without ports and credentials. */
const hostsOf = (url: string): readonly string[] => {
  const authority = url.replace(/^[a-z+]+:\/\//i, '').split(/[/?#]/)[0] ?? '';

  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .split(',')
    .map((host) => host.replace(/:\d*$/, '').toLowerCase());
};

/** A warning for a URL that sends credentials and data in the clear to another machine. */
const plainTextAdvice =
  ({ plain, instead }: { plain: (url: string) => boolean; instead: string }) =>
  (url: string): string | undefined =>
    plain(url) && !hostsOf(url).every(isLoopback)
      ? `sends everything unencrypted to another machine; ${instead}`
      : undefined;

const acceptable = (url: string, scheme: RegExp): boolean =>
  scheme.test(url) && !/\s/.test(url) && hostsOf(url).every((host) => host !== '');

/** `mongodb://` (several hosts allowed) or `mongodb+srv://`. */
export const mongoUrl = () =>
  field(
    'a MongoDB URI: mongodb://host:27017/database or mongodb+srv://…',
    (url) => (acceptable(url, /^mongodb(\+srv)?:\/\//) ? url : undefined),
    plainTextAdvice({
      plain: (url) => url.startsWith('mongodb://') && !/[?&](tls|ssl)=true\b/.test(url),
      instead: 'add tls=true',
    }),
  );

/** `redis://` or `rediss://`. */
export const redisUrl = () =>
  field(
    'a Redis URL: redis://host:6379 or rediss://…',
    (url) => (acceptable(url, /^rediss?:\/\//) && URL.canParse(url) ? url : undefined),
    plainTextAdvice({ plain: (url) => url.startsWith('redis://'), instead: 'use rediss://' }),
  );

/** One or more `smtp://` or `smtps://` URLs, in order of preference. `usable`: what else whoever sends asks of each. */
export const smtpUrls = (usable: (url: string) => boolean = () => true) =>
  field<readonly string[]>(
    'an SMTP URL, or several separated by commas: smtp://user:password@host:587 or smtps://…, percent-encoded, ' +
      'without a path and with no option but requireTLS',
    (value) => {
      const urls = value.split(',').map((url) => url.trim());

      return urls.every((url) => acceptable(url, /^smtps?:\/\//) && URL.canParse(url) && usable(url))
        ? urls
        : undefined;
    },
    (value) =>
      value
        .split(',')
        .map((url) =>
          plainTextAdvice({
            plain: (one) => one.startsWith('smtp://') && !/[?&]requireTLS=true\b/i.test(one),
            instead: 'use smtps://, or add requireTLS=true',
          })(url.trim()),
        )
        .find((advice) => advice !== undefined),
  );

/** Written out as it will stand in the plain text of a mail, where a blank, a quote or a bracket would end the link. */
const LINKABLE = /^https?:\/\/[^\s"'<>\\/][^\s"'<>\\]*$/i;

/** The base of links people click: https in production, http elsewhere too; no query, no fragment; without a trailing slash. */
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
