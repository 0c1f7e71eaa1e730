/** Longer names are not shortened but dropped: a cut name looks like a mistake, a long one is usually an advertisement. */
const LONGEST_NAME = 60;

/** Nothing longer is even looked at, in UTF-16 units. */
const LONGEST_RAW = 500;

/** Letters, marks, spaces and what real names are written with. No `<`, `/`, `:`, `@`, controls, or bidi overrides. */
const PLAUSIBLE = /^[\p{L}\p{N}'’‘][\p{L}\p{M}\p{N} .,'’‘`´·&()‐‑–-]*$/u;
/** `evil.com`, `bit.ly`, `1.2.3`: what mail programs turn into links by themselves, with the dots of other scripts. */
const LIKE_A_LINK = /[\p{L}\p{M}\p{N}][.。｡][\p{L}\p{M}\p{N}]{2}|\d[.。｡]\d|\bwww\b/iu;
/** A telephone number or a price is the other half of an advertisement. */
const DIGITS = /\p{N}/gu;
const MOST_DIGITS = 3;
const STACKED_MARKS = /\p{M}{4}/u;
/** Letters that show as nothing (Hangul fillers). */
const INVISIBLE = /[\u115f\u1160]/;
/** The two joiners that Persian and Indic names are written with; allowed, but not to hide anything behind. */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/**
 * A name that is fit to be greeted by, or null. The host's users choose their names themselves, so anybody could put a
 * link or a sentence of their own into a mail that the host signs: a name that might be one is left out, never repaired.
 */
export const greetingName = (raw: string | null): string | null => {
  if (raw === null || raw.length > LONGEST_RAW) return null;

  // NFKC first: full-width letters and the one-dot leader would otherwise spell a domain that nothing here recognises.
  const name = raw.normalize('NFKC').replace(/ {2,}/g, ' ').trim();

  const bare = name.replace(JOINERS, '');

  if (bare === '' || [...bare].length > LONGEST_NAME) return null;
  if (!PLAUSIBLE.test(bare) || LIKE_A_LINK.test(bare)) return null;
  if (STACKED_MARKS.test(bare) || INVISIBLE.test(bare)) return null;
  if ((bare.match(DIGITS)?.length ?? 0) > MOST_DIGITS) return null;

  // A right-to-left name in its own isolate (U+2068, U+2069) leaves the comma after it where it belongs.
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
};
