import { BSONRegExp } from 'bson';
import { RE2JS } from 're2js';
import type { Scope } from '../aggregation/scope.ts';
import { badValue, notImplemented } from '../errors.ts';

/**
 * MongoDB uses PCRE, whose backtracking can take very long. The stand-in uses RE2, whose time is linear in the text. Both give
 * most patterns the same meaning. This function rewrites patterns with another meaning and refuses those that RE2 does not have.
 */
const VERTICAL_TAB = '\\x0b';

const refuse = (pattern: string, why: string) =>
  notImplemented(
    `the regular expression /${pattern.length > 200 ? `${pattern.slice(0, 200)}…` : pattern}/ (${why}); its engine is RE2, which runs in linear time`,
  );

/** In PCRE `$` also matches before a final line break. In RE2 this can be written only at the end of the pattern. */
const endOfText = (pattern: string, at: number): string => {
  const next = pattern[at + 1];
  if (next === undefined || next === ')' || next === '|') return '(?:\\n?\\z)';
  throw refuse(pattern, '"$" in the middle');
};

const escaped = (pattern: string, at: number, inClass: boolean): string => {
  const letter = pattern[at + 1] ?? '';
  if (/[1-9]/.test(letter)) throw refuse(pattern, 'a backreference');
  if (letter === 's') return inClass ? `\\s${VERTICAL_TAB}` : `[\\s${VERTICAL_TAB}]`;
  if (letter === 'S' && !inClass) return `[^\\s${VERTICAL_TAB}]`;
  if ('SvQEZ'.includes(letter) && letter !== '') throw refuse(pattern, `"\\${letter}"`);
  return `\\${letter}`;
};

/** Longer than the longest class name, `[:^xdigit:]`. */
const NAMED_CLASS = 16;

const translate = (pattern: string, multiline: boolean): string => {
  let out = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] ?? '';
    if (letter === '\\') {
      out += escaped(pattern, at, inClass);
      at++;
    } else if (inClass && /^\[:\^?\w+:\]/.test(pattern.slice(at, at + NAMED_CLASS))) {
      // The bracket at the end of [:alpha:] does not end the class around it.
      const end = pattern.indexOf(']', at);
      out += pattern.slice(at, end + 1);
      at = end;
    } else if (inClass) {
      // In RE2 and PCRE, "]" directly after "[" or "[^" is a literal.
      const opening = /\[\^?$/.test(pattern.slice(0, at));
      if (letter === ']' && !opening) inClass = false;
      out += letter;
    } else if (letter === '[') {
      inClass = true;
      out += letter;
    } else if (letter === '$' && !multiline) {
      out += endOfText(pattern, at);
    } else {
      if (pattern.startsWith('(?', at)) requireKnownGroup(pattern, at);
      out += letter;
    }
  }
  return out;
};

const requireKnownGroup = (pattern: string, at: number): void => {
  if (/^\(\?(:|i\)|i:|P<\w|<\w)/.test(pattern.slice(at, at + 5))) return;
  throw refuse(pattern, 'lookaround, an inline flag or another group beyond RE2');
};

const flagsOf = (pattern: string, options: string): number => {
  let flags = 0;
  for (const option of options) {
    if (option === 'i') flags |= RE2JS.CASE_INSENSITIVE;
    else if (option === 'm') flags |= RE2JS.MULTILINE;
    else if (option === 's') flags |= RE2JS.DOTALL;
    else if (option === 'x') throw refuse(pattern, 'the option x');
    else if (option !== 'u') throw badValue(`invalid flag in regex options: ${option}`);
  }
  return flags;
};

/** Time limit for the regular expressions of one command, because all clients share one thread. */
const BUDGET_MS = 1000;
const LONGEST_TEXT = 1_000_000;
/** A search takes up to one step per character and instruction of the program. Each step takes about 20 ns. */
const MOST_STEPS = 50_000_000;
/** The same limit as in MongoDB. */
const LONGEST_PATTERN = 32_764;
/** RE2 expands `(…){1000}` a thousand times. Above this limit the compilation alone would block all clients. */
const LARGEST_PROGRAM = 200_000;

/** Upper bound for the size of a program, because RE2 allows nested repeats a thousand copies in total. */
const largestProgramOf = (pattern: string): number => {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) =>
    Number(most || least),
  );
  return pattern.length * counts.reduce((largest, count) => Math.max(largest, count), 1);
};

/** Compiles a test for strings. It does not backtrack, and throws before it blocks other clients for too long. */
const compileRegex = (
  pattern: string,
  options: string,
  { searching }: Scope,
): ((text: string) => boolean) => {
  if (pattern.includes('\0')) throw badValue('Regular expression cannot contain an embedded null byte');
  if (pattern.length > LONGEST_PATTERN) throw badValue('Regular expression is too long');
  if (largestProgramOf(pattern) > LARGEST_PROGRAM) throw refuse(pattern, 'it repeats too much');

  const withinBudget = <T>(work: () => T): T => {
    const started = performance.now();
    const result = work();
    searching.spentMs += performance.now() - started;
    if (searching.spentMs > BUDGET_MS)
      throw refuse(pattern, `with more than ${BUDGET_MS} ms of searching in one command`);
    return result;
  };

  const compiled = withinBudget(() => compileLinear(pattern, options));
  const size = compiled.programSize();
  return (text) => {
    if (text.length > LONGEST_TEXT)
      throw refuse(pattern, `on a text of more than ${LONGEST_TEXT} characters`);
    if (text.length * size > MOST_STEPS) throw refuse(pattern, `on a text of ${text.length} characters`);
    return withinBudget(() => compiled.matcher(text).find());
  };
};

const compileLinear = (pattern: string, options: string): RE2JS => {
  const flags = flagsOf(pattern, options);
  const translated = translate(pattern, options.includes('m'));
  try {
    return RE2JS.compile(translated, flags);
  } catch (error) {
    throw refuse(pattern, error instanceof Error ? error.message : String(error));
  }
};

/** True for a stored or given regular expression that equals this one, or a string that it matches. */
export const regexTest = (regex: BSONRegExp, scope: Scope): ((value: unknown) => boolean) => {
  const matches = compileRegex(regex.pattern, regex.options, scope);
  return (value) => {
    if (typeof value === 'string') return matches(value);
    return value instanceof BSONRegExp && value.pattern === regex.pattern && value.options === regex.options;
  };
};
