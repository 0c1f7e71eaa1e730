/** The text in place of a secret. */
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

/** Keys of Message-IDs. These look like addresses, but they contain none and are needed to find a mail in the relay's log. */
const ADDRESS_LIKE_KEYS = new Set(['messageid']);

const MAX_DEPTH = 6;
const MAX_LENGTH = 4096;

const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;
// A raw token is 32 bytes in base64url. All but one in 10^9 have both cases; job ids and hex digests do not. The characters
// before a token may be an encoding that ends in a letter: `%3D`, quoted-printable `=3D`, JSON's `\n` and `\u003d`.
const TOKEN =
  /(?:(?<![\w-])|(?<=[%=][\dA-F]{2})|(?<=\\[bfnrt])|(?<=\\u[\dA-Fa-f]{4}))(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{43}(?![\w-])/g;
// Addresses with domains of every script. An apostrophe after a letter belongs to the address (o'brien@); one that opens a
// quotation does not.
const ADDRESS =
  /(?:(?<=[\p{L}\p{N}])'|[^\s"'<>(){}[\],;:=]){1,64}@[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.-]{0,250}[\p{L}\p{N}])?/giu;
const BCRYPT = /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}/g;

/**
 * Removes from a text what a log must not contain: URL credentials, any text with the shape of a raw token, addresses, password
 * hashes. Cuts the text at 4,096 characters, because longer texts are of no use and the patterns take long for them.
 */
export const scrubText = (text: string): string => withoutAddresses(scrubSecrets(text));

/**
 * Like {@link scrubText}, but keeps texts that look like an address: for code locations (`node_modules/@scope`) and
 * Message-IDs.
 */
export const scrubSecrets = (text: string): string =>
  shortened(text)
    .replace(URL_CREDENTIALS, `$1${REDACTED}@`)
    .replace(BCRYPT, REDACTED)
    .replace(TOKEN, REDACTED);

const shortened = (text: string): string =>
  text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;

const withoutAddresses = (text: string): string =>
  text.includes('@') ? text.replace(ADDRESS, (found) => (found.includes(REDACTED) ? found : REDACTED)) : text;

/** A copy of `value` for a log: secret keys redacted at every depth, texts scrubbed, errors converted by `error`. */
export const scrubValue = (value: unknown, error: (error: Error) => unknown, depth = 0): unknown => {
  if (typeof value === 'string') return scrubText(value);
  // Functions are left out. A copied `toJSON` would be called and could return a secret.
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
