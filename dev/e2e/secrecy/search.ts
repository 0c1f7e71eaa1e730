import type { Encoding } from './encodings.ts';

/** A value that must not be found. */
export interface Secret {
  /** A description of the secret. It never contains the secret, so that a failed test does not print it. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether upper and lower case are equal, as for addresses: `BOB@ACME.TEST` also reveals Bob's address. */
  readonly anyCase?: boolean;
}

export interface Finding {
  readonly secret: string;
  readonly encoding: Encoding;
  /** Position in the text. */
  readonly at: number;
}

export const secretOf = (name: string, text: string, anyCase = false): Secret => ({
  name,
  bytes: Buffer.from(text),
  anyCase,
});

/** A raw token, its decoded bytes, and each half of it, because a shortened token is a leak too. */
export const secretsOfToken = (name: string, token: string): readonly Secret[] => [
  secretOf(name, token),
  { name: `${name} (decoded)`, bytes: Buffer.from(token, 'base64url') },
  secretOf(`${name} (first half)`, token.slice(0, 21)),
  secretOf(`${name} (second half)`, token.slice(22)),
];

/** Searches every secret in every encoding. Returns the first finding per secret and encoding. */
export const search = (haystack: Buffer, secrets: readonly Secret[]): readonly Finding[] => {
  const views = viewsOf(haystack.toString('latin1'));
  const findings: Finding[] = [];

  for (const secret of secrets) {
    for (const [encoding, needles] of needlesOf(secret)) {
      const at = firstPlace(views[encoding], needles, secret.anyCase === true);
      if (at !== undefined) findings.push({ secret: secret.name, encoding, at });
    }
  }
  return findings;
};

interface View {
  readonly text: string;
  readonly lower: string;
}

/**
 * The same text, decoded in different ways. The text is decoded instead of encoding the secret, because then it does not matter
 * how much an encoder escaped and where it broke the lines.
 */
const viewsOf = (raw: string): Readonly<Record<Encoding, readonly View[]>> => {
  const [once, twice] = [unescapeJson(raw), unescapeJson(unescapeJson(raw))];
  // JSON is decoded up to three times, because a log line in JSON may contain JSON that was logged before.
  const texts = distinct([raw, once, twice, unescapeJson(twice)]);
  const unfolded = distinct(
    texts.flatMap((text) => [text, text.replace(/(?<=[\w+/-])\r?\n(?=[\w+/-])/g, '')]),
  );
  const view = (undo: (text: string) => string) => distinct(texts.map(undo)).map(withLower);

  const plain = texts.map(withLower);
  const folded = unfolded.map(withLower);
  return {
    plain: plain.slice(0, 1),
    json: plain.slice(1),
    base64: folded,
    base64url: folded,
    hex: folded,
    percent: view((text) => unescapeBytes(text, /%([0-9a-f]{2})/gi)),
    'quoted-printable': view((text) => unescapeBytes(text.replace(/=[ \t]*\r?\n/g, ''), /=([0-9a-f]{2})/gi)),
  };
};

const withLower = (text: string): View => ({ text, lower: text.toLowerCase() });
const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

const SHORT_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Decodes in one pass, so that an escaped backslash before a `u` is not taken for an escape. */
const unescapeJson = (text: string): string =>
  text.replace(/((?:\\u[0-9a-f]{4})+)|\\(["\\/bfnrt])/gi, (_, units: string | undefined, letter: string) =>
    units === undefined ? (SHORT_ESCAPES[letter] ?? letter) : fromCodeUnits(units),
  );

/** Decodes neighbouring code units together, so that surrogate pairs become their UTF-8 bytes. */
const fromCodeUnits = (run: string): string => {
  const units = (run.match(/[0-9a-f]{4}/gi) ?? []).map((unit) => Number.parseInt(unit, 16));
  return Buffer.from(String.fromCharCode(...units)).toString('latin1');
};

const unescapeBytes = (text: string, pattern: RegExp): string =>
  text.replace(pattern, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));

/** The texts to search for in the view of each encoding. */
const needlesOf = ({ bytes }: Secret): readonly (readonly [Encoding, readonly string[]])[] => {
  const itself = [bytes.toString('latin1')];
  const base64 = alignments(bytes);
  return [
    ['plain', itself],
    ['json', itself],
    ['base64', base64],
    ['base64url', base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
    ['hex', [bytes.toString('hex')]],
    ['percent', itself],
    ['quoted-printable', itself],
  ];
};

/** The base64 characters that depend only on the secret, for each of its three possible positions in a group of 3 bytes. */
const alignments = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });

const firstPlace = (
  views: readonly View[],
  needles: readonly string[],
  anyCase: boolean,
): number | undefined => {
  for (const { text, lower } of views) {
    for (const needle of needles) {
      // Hex can be in upper or lower case. In all other encodings, case is ignored for addresses only.
      const fold = anyCase || /^[0-9a-f]{16,}$/.test(needle);
      const at = fold ? lower.indexOf(needle.toLowerCase()) : text.indexOf(needle);
      if (at >= 0) return at;
    }
  }
  return undefined;
};
