/**
 * Maximum length in characters. A longer name is left out, not shortened: a shortened name looks like a mistake, and a very
 * long name is usually an advertisement.
 */
const LONGEST_NAME = 60;

/** Maximum length in UTF-16 units of a name that is examined at all. */
const LONGEST_RAW = 500;

/** Letters, marks, spaces and the punctuation of real names. No `<`, `/`, `:`, `@`, control characters or bidi overrides. */
const PLAUSIBLE = /^[\p{L}\p{N}'’‘][\p{L}\p{M}\p{N} .,'’‘`´·&()‐‑–-]*$/u;
/** Texts that mail programs turn into links: `evil.com`, `bit.ly`, `1.2.3`, also with the dots of other scripts. */
const LIKE_A_LINK = /[\p{L}\p{M}\p{N}][.。｡][\p{L}\p{M}\p{N}]{2}|\d[.。｡]\d|\bwww\b/iu;
/** A telephone number or a price is typical of an advertisement, so only a few digits are allowed. */
const DIGITS = /\p{N}/gu;
const MOST_DIGITS = 3;
const STACKED_MARKS = /\p{M}{4}/u;
/** Letters that are displayed as nothing (Hangul fillers). */
const INVISIBLE = /[\u115f\u1160]/;
/**
 * The two joiners that Persian and Indic names need. The checks examine the name without them, so that they cannot hide a link.
 */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/**
 * The name for the greeting, or null. The users of the host application choose their names themselves, so a name could carry a
 * link or a sentence into a mail that bears the product's name. A suspicious name is left out, never repaired.
 */
export const greetingName = (raw: string | null): string | null => {
  if (raw === null || raw.length > LONGEST_RAW) return null;

  // NFKC comes first, because full-width letters and the one-dot leader could spell a domain that the patterns do not match.
  const name = raw.normalize('NFKC').replace(/ {2,}/g, ' ').trim();

  const bare = name.replace(JOINERS, '');

  if (bare === '' || [...bare].length > LONGEST_NAME) return null;
  if (!PLAUSIBLE.test(bare) || LIKE_A_LINK.test(bare)) return null;
  if (STACKED_MARKS.test(bare) || INVISIBLE.test(bare)) return null;
  if ((bare.match(DIGITS)?.length ?? 0) > MOST_DIGITS) return null;

  // The isolate (U+2068, U+2069) around a right-to-left name keeps the comma after it in its place.
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
};
