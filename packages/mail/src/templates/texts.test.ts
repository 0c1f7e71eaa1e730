import { describe, expect, it } from 'vitest';
import { TEXTS, type Texts } from './texts.ts';

/** Same in both languages, and right so. */
const ALLOWED_EQUALS = new Set(['months.3', 'months.7', 'months.8', 'months.10']);

const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  greeting: ['Bob'],
  within: [30],
  instant: [{ day: 21, month: 5, year: 2026, time: '14:05' }],
  expiry: [{ within: '30', until: '14:05 UTC' }],
  'reset.subject': ['Acme'],
  'reset.preheader': ['soon'],
  'reset.asked': ['Acme'],
  'reset.expires': ['soon'],
  'changed.subject': ['Acme'],
  'changed.preheader': ['now'],
  'changed.happened': [{ product: 'Acme', when: 'now' }],
  footer: ['Acme'],
};

/** Every text of a language by its key; functions with the sample above. */
const flatten = (value: unknown, key = ''): [string, string][] => {
  if (typeof value === 'string') return [[key, value]];
  if (typeof value === 'function') {
    const sample = SAMPLES[key];
    if (sample === undefined) throw new Error(`no sample for the text ${key}`);
    return [[key, String(value(...sample))]];
  }
  if (typeof value !== 'object' || value === null) throw new Error(`the text ${key} is no text`);
  return Object.entries(value).flatMap(([name, part]) => flatten(part, key === '' ? name : `${key}.${name}`));
};

const all = (texts: Texts) => new Map(flatten(texts));

describe('the texts', () => {
  it('have the same keys in every language, none empty', () => {
    expect([...all(TEXTS.de).keys()].sort()).toEqual([...all(TEXTS.en).keys()].sort());
    expect([...all(TEXTS.de).values(), ...all(TEXTS.en).values()]).not.toContain('');
  });

  it('differ between the languages but for those that are the same in both', () => {
    const german = all(TEXTS.de);
    const equal = [...all(TEXTS.en)].filter(([key, text]) => german.get(key) === text).map(([key]) => key);

    expect(new Set(equal)).toEqual(ALLOWED_EQUALS);
  });

  it('repeat what they are given', () => {
    for (const texts of Object.values(TEXTS)) {
      for (const [key, text] of all(texts)) {
        const given = SAMPLES[key]?.[0];
        for (const word of typeof given === 'object' ? Object.values(given ?? {}) : [given ?? '']) {
          expect(text, key).toContain(key === 'instant' && word === 5 ? texts.months[4] : String(word));
        }
      }
    }
  });

  it.each<[keyof typeof TEXTS, number, string]>([
    ['en', 0, 'less than a minute'],
    ['en', 1, '1 minute'],
    ['en', 2, '2 minutes'],
    ['de', 0, 'weniger als einer Minute'],
    ['de', 1, '1 Minute'],
    ['de', 2, '2 Minuten'],
  ])('count in %s: %i', (locale, minutes, expected) => {
    expect(TEXTS[locale].within(minutes)).toBe(expected);
  });
});
