import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { adviceFor } from './field.ts';
import { modeOf, type RawEnv } from './mode.ts';

/** The parsed environment, and the warnings about values that are acceptable but unsafe. Only production has warnings. */
export type ParsedEnv<S extends z.ZodObject> = z.output<S> & { readonly warnings: readonly string[] };

/** A condition on several variables. It gets the values that are valid by themselves and returns the problems. */
export type Rule = (values: Readonly<Record<string, unknown>>) => readonly string[];

/** Combines several rules into one. */
export const allRules =
  (...rules: readonly Rule[]): Rule =>
  (values) =>
    rules.flatMap((rule) => rule(values));

/**
 * Reads exactly the variables of `schema`. An empty variable counts as unset, because compose files write unset variables so.
 *
 * @throws ConfigError with all problems, one line per name, never a value.
 */
export const parseEnv = <S extends z.ZodObject>(
  schema: S,
  env: RawEnv,
  rule: Rule = () => [],
): ParsedEnv<S> => {
  const raw = pick(Object.keys(schema.shape), env);
  const result = schema.safeParse(raw);

  const problems = [...(result.success ? [] : problemsOf(result.error)), ...rule(usable(schema, raw))];
  if (!result.success || problems.length > 0) throw new ConfigError(problems.sort());

  return { ...result.data, warnings: modeOf(env) === 'production' ? warningsOf(schema, raw) : [] };
};

const pick = (names: readonly string[], env: RawEnv): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];

      return value === undefined || value.trim() === '' ? [] : [[name, value]];
    }),
  );

const problemsOf = (error: z.ZodError): readonly string[] => {
  const lines = new Map<string, string>();

  for (const { path, message } of error.issues) {
    const name = String(path[0] ?? '');
    if (!lines.has(name)) lines.set(name, name === '' ? message : `${name} ${message}`);
  }
  return [...lines.values()];
};

const usable = (schema: z.ZodObject, raw: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema.shape).flatMap(([name, field]) => {
      const { success, data } = z.safeParse(field, raw[name]);

      return success ? [[name, data]] : [];
    }),
  );

const warningsOf = (schema: z.ZodObject, raw: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(raw).flatMap(([name, value]) => {
    const field = schema.shape[name];
    const warning = field === undefined ? undefined : adviceFor(field)?.(value);

    return warning === undefined ? [] : [`${name} ${warning}`];
  });
