import { ConfigError, isLoopback } from '@latchkey/runtime';

/** The relay and how to reach it. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly user: string; readonly pass: string } | undefined;
  /**
   * `direct`: TLS from the first byte (`smtps://`).
   * `required`: STARTTLS, or no mail is sent.
   * `offered`: STARTTLS with a valid certificate when the server offers it.
   * `local`: a loopback address without `requireTLS=true`: STARTTLS when offered, and no check of certificates.
   */
  readonly tls: 'direct' | 'required' | 'offered' | 'local';
}

const NAME = 'SMTP_URL';

const problem = (what: string) => new ConfigError([`${NAME}: ${what}`]);

/**
 * Reads `smtp://user:password@host:587` or `smtps://…`; `requireTLS` is the only option. nodemailer's own reader is not used,
 * because it takes any option from the query, also `debug` and `logger`, which would write reset links into the log.
 * Credentials in an `smtp://` URL of another machine make STARTTLS required. Otherwise an attacker on the network could
 * suppress STARTTLS and read them.
 * @throws ConfigError, which never repeats the URL.
 */
export const parseSmtpUrl = (value: string): SmtpEndpoint => {
  if (!URL.canParse(value)) throw problem('not a URL');

  const url = new URL(value);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw problem('must begin with smtp:// or smtps://');
  if (url.hostname === '') throw problem('has no host');
  if (!['', '/'].includes(url.pathname) || url.hash !== '') throw problem('must not have a path or fragment');

  const secure = url.protocol === 'smtps:';
  const credentials = credentialsOf(url);
  const asked = requireTlsOf(url);
  const local = isLoopback(url.hostname);

  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    credentials,
    tls: secure ? 'direct' : startTls({ asked, local, login: credentials !== undefined }),
  };
};

/** The same, but returns undefined for a URL that cannot be used. */
export const readSmtpUrl = (value: string): SmtpEndpoint | undefined => {
  try {
    return parseSmtpUrl(value);
  } catch {
    return undefined;
  }
};

const startTls = ({
  asked,
  local,
  login,
}: {
  asked: boolean | undefined;
  local: boolean;
  login: boolean;
}): SmtpEndpoint['tls'] => {
  if (asked === true) return 'required';
  if (local) return 'local';
  return asked === undefined && login ? 'required' : 'offered';
};

const credentialsOf = (url: URL): SmtpEndpoint['credentials'] => {
  if (url.username === '' && url.password === '') return undefined;
  if (url.username === '' || url.password === '')
    throw problem('needs both a user and a password, or neither');

  try {
    return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    throw problem('user or password is not percent-encoded correctly');
  }
};

const requireTlsOf = (url: URL): boolean | undefined => {
  const unknown = [...url.searchParams.keys()].some((key) => key.toLowerCase() !== 'requiretls');
  if (unknown) throw problem('allows one option only, requireTLS');

  const [value] = [...url.searchParams.values()];
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw problem('requireTLS must be true or false');
  return value === 'true';
};
