import { z } from 'zod';

/** What may be said about a value that is acceptable. Gets the value, must not repeat it. */
type Advise = (value: string) => string | undefined;

const advice = z.registry<{ advise: Advise }>();

/**
 * One environment variable: text in, `T` out. `expected` completes the sentence "must be …" and should name unit and format.
 * `parse` answers undefined for a value that cannot be used. No message ever carries the value itself.
 *
 * Give a default as it would be written in the environment: `field(…).prefault('30m')`.
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

/** The advice given with a field, looked for under its default or optional wrapper. */
export const adviceFor = (schema: z.core.$ZodType): Advise | undefined => {
  const found = advice.get(schema)?.advise;
  if (found !== undefined) return found;

  return schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodOptional
    ? adviceFor(schema.unwrap())
    : undefined;
};
