/** What replaces a secret. */
const REDACTED = '[redacted]';

const SECRET_KEYS = new Set(
  [
    'token',
    'rawToken',
    'password',
    'newPassword',
    'passwordHash',
    'link',
    'to',
    'email',
    'address',
    'authorization',
    'cookie',
    'set-cookie',
    'seed',
    'key',
    'keys',
    'secret',
    'body',
    'variables',
  ].map((key) => key.toLowerCase()),
);

/** Message-IDs look like addresses but are ours, unique and needed to find a mail at the relay. */
const ADDRESS_LIKE_KEYS = new Set(['messageid']);

const MAX_DEPTH = 6;
const MAX_LENGTH = 4096;

const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;
// 32 bytes in base64url: a raw token. Real ones have both cases (all but one in 10^9); job ids and hex digests do not. What stands
// before it may be encoded and end in a letter: `%3D`, quoted-printable `=3D`, JSON's `\n` and `\u003d`.
const TOKEN =
  /(?:(?<![\w-])|(?<=[%=][\dA-F]{2})|(?<=\\[bfnrt])|(?<=\\u[\dA-Fa-f]{4}))(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w-])/g;
// Domains of every script. An apostrophe belongs to a name (o'brien@), but not one that opens a quotation.
const ADDRESS =
  /(?:(?<=[\p{L}\p{N}])'|[^\s"'<>(){}[\],;:=]){1,64}@[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.-]{0,250}[\p{L}\p{N}])?/giu;
const BCRYPT = /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}/g;

/**
 * Takes out of a text what no log may hold: URL credentials, anything shaped like a raw token, addresses, password hashes. Cuts
 * it at 4,096 characters: more says nothing, and patterns over endless text take time.
 */
export const scrubText = (text: string): string => withoutAddresses(scrubSecrets(text));

/** Like {@link scrubText} but keeps what looks like an address: for code locations (`node_modules/@scope`) and Message-IDs. */
export const scrubSecrets = (text: string): string =>
  shortened(text)
    .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
    .replace(BCRYPT, REDACTED)
    .replace(TOKEN, REDACTED);

const shortened = (text: string): string =>
  text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;

const withoutAddresses = (text: string): string =>
  text.includes('@') ? text.replace(ADDRESS, (found) => (found.includes(REDACTED) ? found : REDACTED)) : text;

/** A copy of `value` fit for a log: secret keys redacted at every depth, texts scrubbed, errors passed to `error`. */
export const scrubValue = (value: unknown, error: (error: Error) => unknown, depth = 0): unknown => {
  if (typeof value === 'string') return scrubText(value);
  // Never shown; but a copied `toJSON` would be called and could say anything.
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return error(value);
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => scrubValue(item, error, depth + 1));

  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, scrubEntry(key.toLowerCase(), item, error, depth)]),
  );
};

const scrubEntry = (key: string, item: unknown, error: (error: Error) => unknown, depth: number): unknown => {
  if (SECRET_KEYS.has(key)) return item === null || item === undefined ? item : REDACTED;
  if (ADDRESS_LIKE_KEYS.has(key) && typeof item === 'string') return scrubSecrets(item);

  return scrubValue(item, error, depth + 1);
};
