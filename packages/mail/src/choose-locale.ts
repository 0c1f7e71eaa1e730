/** Languages the mails exist in. The first is the fallback. */
const LOCALES = ['en', 'de'] as const;
export type Locale = (typeof LOCALES)[number];

/** What a stored or sent candidate may look like before it is looked at: longer ones are noise, not a language. */
const LONGEST_CANDIDATE = 100;

const isLocale = (value: string): value is Locale => LOCALES.some((locale) => locale === value);

/**
 * The best language for BCP 47 candidates in order of preference: the primary subtag decides, so `de-AT`, `DE_ch` and
 * `de-Latn-DE` are all German. Candidates nobody can read are passed over; never fails.
 */
export const chooseLocale = (candidates: readonly (string | null)[]): Locale => {
  for (const candidate of candidates) {
    if (typeof candidate !== 'string' || candidate.length > LONGEST_CANDIDATE) continue;

    const primary = /^\s*([a-z]{2,8})(?![a-z0-9])/i.exec(candidate)?.[1]?.toLowerCase();
    if (primary !== undefined && isLocale(primary)) return primary;
  }

  return LOCALES[0];
};
