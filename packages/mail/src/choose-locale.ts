/** Languages in which the mails exist. The first is the fallback. */
const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

/** Maximum length of a candidate, in UTF-16 units. Longer values are no language tags and are skipped. */
const LONGEST_CANDIDATE = 100;

const isLocale = (value: string): value is Locale => LOCALES.some((locale) => locale === value);

/**
 * The best language for BCP 47 candidates in order of preference. Only the primary subtag decides, so `de-AT`, `DE_ch` and
 * `de-Latn-DE` are all German. Unreadable candidates are skipped; never fails.
 */
export const chooseLocale = (candidates: readonly (string | null)[]): Locale => {
  for (const candidate of candidates) {
    if (typeof candidate !== 'string' || candidate.length > LONGEST_CANDIDATE) continue;

    const primary = /^\s*([a-z]{2,8})(?![a-z0-9])/i.exec(candidate)?.[1]?.toLowerCase();
    if (primary !== undefined && isLocale(primary)) return primary;
  }

  return LOCALES[0];
};
