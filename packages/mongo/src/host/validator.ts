/** Effect of a collection's validator on one field. `unclear`: the validator has conditions that this code does not evaluate. */
export type Verdict = 'allows' | 'refuses' | 'unclear';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keywords that cannot forbid a value in a field that `properties` lists. */
const HARMLESS = new Set([
  'bsonType',
  'type',
  'title',
  'description',
  'properties',
  'required',
  'additionalProperties',
]);
const onlyHarmless = (schema: Fields): boolean =>
  Object.keys(schema).every((keyword) => HARMLESS.has(keyword));

/** Whether the validator allows documents that hold a value of the BSON type `wanted` at `path`. */
export const judgeValidator = (validator: unknown, path: string, wanted: 'string' | 'date'): Verdict => {
  if (!isFields(validator)) return 'allows';

  const verdicts = Object.entries(validator).map(([name, argument]): Verdict => {
    if (name === '$jsonSchema') return judgeSchema(argument, path.split('.'), wanted);
    if (name.startsWith('$')) return 'unclear';
    return overlap(name, path) ? 'unclear' : 'allows';
  });
  if (verdicts.includes('refuses')) return 'refuses';
  return verdicts.includes('unclear') ? 'unclear' : 'allows';
};

const overlap = (one: string, other: string): boolean =>
  `${one}.`.startsWith(`${other}.`) || `${other}.`.startsWith(`${one}.`);

const judgeSchema = (schema: unknown, [part, ...rest]: readonly string[], wanted: string): Verdict => {
  if (!isFields(schema)) return 'unclear';
  if (part === undefined) return judgeType(schema, wanted);

  const { properties, additionalProperties } = schema;
  const listed = isFields(properties) && Object.hasOwn(properties, part);
  if (!listed && additionalProperties === false) return 'patternProperties' in schema ? 'unclear' : 'refuses';

  const next = listed ? properties[part] : isFields(additionalProperties) ? additionalProperties : {};
  const verdict = judgeSchema(next, rest, wanted);
  return verdict === 'allows' && !onlyHarmless(schema) ? 'unclear' : verdict;
};

const judgeType = (schema: Fields, wanted: string): Verdict => {
  // The keyword `type` has only JSON types, and JSON has no date.
  const types = [schema['bsonType'], schema['type']].filter((type) => type !== undefined);
  if (types.some((type) => ![type].flat().includes(wanted))) return 'refuses';
  return onlyHarmless(schema) ? 'allows' : 'unclear';
};
