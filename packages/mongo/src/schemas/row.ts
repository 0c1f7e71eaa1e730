/**
 * Options of every schema here. mongoose must not add, rename or drop fields by itself, and a field that the schema does not
 * declare is an error, also in a filter. Only `ensureIndexes` creates collections and indexes.
 */
export const ROW_OPTIONS = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  id: false,
  minimize: false,
  autoIndex: false,
  autoCreate: false,
} as const;
