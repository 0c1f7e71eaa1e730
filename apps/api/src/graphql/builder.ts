import SchemaBuilder from '@pothos/core';
import type { ApiContext } from './context.ts';

/** A fresh builder: schemas are made by calling, never by importing. */
export const createBuilder = () => {
  const builder = new SchemaBuilder<{
    Context: ApiContext;
    DefaultFieldNullability: false;
    DefaultInputFieldRequiredness: true;
  }>({ defaultFieldNullability: false, defaultInputFieldRequiredness: true });
  builder.queryType({ description: 'What a client may ask without changing anything.' });
  builder.mutationType({ description: 'The two steps of a password reset.' });

  return builder;
};

export type Builder = ReturnType<typeof createBuilder>;
