import { describe, expect, it } from 'vitest';
import { chooseLocale } from './choose-locale.ts';

describe('chooseLocale', () => {
  it.each<[readonly (string | null)[], string]>([
    [['de'], 'de'],
    [['DE'], 'de'],
    [['de-AT'], 'de'],
    [['de_CH'], 'de'],
    [['de-Latn-DE-1996'], 'de'],
    [['en-GB'], 'en'],
    [['fr', 'de'], 'de'],
    [[null, 'de'], 'de'],
    [['de', 'en'], 'de'],
    [['en', 'de'], 'en'],
    [['fr-FR'], 'en'],
    [[], 'en'],
    [[null], 'en'],
  ])('takes the first candidate it has a language for: %j → %s', (candidates, expected) => {
    expect(chooseLocale(candidates)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '-',
    '*',
    'deutsch',
    'de1',
    'x-de',
    '../de',
    '\u0000de',
    '🇩🇪',
    'toString',
    '__proto__',
    'd'.repeat(1e6),
  ])('passes over %j', (garbage) => {
    expect(chooseLocale([garbage])).toBe('en');
    expect(chooseLocale([garbage, 'de'])).toBe('de');
  });
});
