import { ConfigError, isLoopback } from '@latchkey/runtime';

/** Where and how to hand mail over. */
export interface SmtpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly user: string; readonly pass: string } | undefined;
  /**
   * direct: TLS from the first byte (`smtps://`). required: STARTTLS or nothing. offered: STARTTLS when the server has it,
   * with a valid certificate. local: a loopback address where nothing was asked for: STARTTLS if offered, but no certificate is checked.
   */
  readonly tls: 'direct' | 'required' | 'offered' | 'local';
}

const NAME = 'SMTP_URL';

const problem = (what: string) => new ConfigError([`${NAME}: ${what}`]);

/**
 * Reads `smtp://user:password@host:587` or `smtps://…`, with `?requireTLS=true` at most. nodemailer's own reading of a URL
 * takes any option from its query, `debug` and `logger` included, which would write reset links into the log.
 * Credentials on another machine's `smtp://` make STARTTLS required, or else whoever sits between could strip it and read
 * them. Throws `ConfigError`, which never repeats the URL.
 */
export const parseSmtpUrl = (value: string): SmtpEndpoint => {
  if (!URL.canParse(value)) throw problem('not a URL');

  const url = new URL(value);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')
    throw problem('must begin with smtp:// or smtps://');
  if (url.hostname === '') throw problem('names no host');
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

/** The same without an error; undefined for what cannot be used. */
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
  if (unknown) throw problem('knows one option only, requireTLS');

  const [value] = [...url.searchParams.values()];
  if (value === undefined) return undefined;
  if (value !== 'true' && value !== 'false') throw problem('requireTLS must be true or false');
  return value === 'true';
};
