import SchemaBuilder from '@pothos/core';
import type { ApiContext } from './context.ts';

/** Creates a new builder for each schema, so that importing a module never changes a schema. */
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
