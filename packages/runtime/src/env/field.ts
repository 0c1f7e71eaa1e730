import { z } from 'zod';

/** Returns a warning about an acceptable value, or undefined. It gets the value but must not repeat it. */
type Advise = (value: string) => string | undefined;

const advice = z.registry<{ advise: Advise }>();

/**
 * One environment variable: takes text, returns `T`. `expected` completes the sentence "must be …" and should name unit and
 * format. `parse` returns undefined for a value that cannot be used. No message ever contains the value itself.
 *
 * Write a default as in the environment: `field(…).prefault('30m')`.
 */
export const field = <T>(expected: string, parse: (text: string) => T | undefined, advise?: Advise) => {
  const schema = z.string({ error: `is required: ${expected}` }).transform((text, context) => {
    const value = parse(text.trim());

    if (value === undefined) {
      context.addIssue({ code: 'custom', message: `must be ${expected}` });
      return z.NEVER;
    }
    return value;
  });

  if (advise !== undefined) advice.add(schema, { advise: (text) => advise(text.trim()) });
  return schema;
};

/** The warning function of a field. It is also found when the field has a default or is optional. */
export const adviceFor = (schema: z.core.$ZodType): Advise | undefined => {
  const found = advice.get(schema)?.advise;
  if (found !== undefined) return found;

  return schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? adviceFor(schema.unwrap())
    : undefined;
};
