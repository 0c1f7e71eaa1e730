/**
 * What every schema here shares: nothing is added, renamed or dropped behind our back, and a field nobody declared is an
 * error, in a filter too. Indexes and collections are made by `ensureIndexes` alone.
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
