import type { Connection } from 'mongoose';
import { translate } from './driver-errors.ts';
import { type Models, modelsOf } from './models.ts';

/** The properties of an index that `checkIndexes` compares. */
interface IndexShape {
  readonly key: Record<string, unknown>;
  readonly expireAfterSeconds?: unknown;
  readonly partialFilterExpression?: unknown;
}

const allModels = (connection: Connection): Models[keyof Models][] => Object.values(modelsOf(connection));

const shape = (index: IndexShape): string =>
  JSON.stringify([index.key, index.expireAfterSeconds ?? null, index.partialFilterExpression ?? null]);

const describe = (collection: string, key: object): string => `${collection} ${JSON.stringify(key)}`;

const existing = async (model: Models[keyof Models]): Promise<IndexShape[]> => {
  try {
    return await model.collection.indexes();
  } catch (error) {
    // NamespaceNotFound (26): the collection does not exist yet.
    if (error instanceof Error && 'code' in error && error.code === 26) return [];
    throw translate(error);
  }
};

/**
 * Creates Latchkey's collections and indexes where they are missing. Collections are created here, so that no transaction has
 * to create one. Indexes are built one after another, so that a first start does not load the server with all of them at once.
 */
export const ensureIndexes = async (connection: Connection): Promise<void> => {
  for (const model of allModels(connection)) {
    try {
      await model.createCollection();
      await model.createIndexes();
    } catch (error) {
      throw translate(error);
    }
  }
};

/** The indexes that are missing or differ from the schema, as `collection {"field":1}`; empty when all indexes are right. */
export const checkIndexes = async (connection: Connection): Promise<readonly string[]> => {
  const problems: string[] = [];
  for (const model of allModels(connection)) {
    const found = new Set((await existing(model)).map(shape));
    for (const [key, options] of model.schema.indexes()) {
      const { expireAfterSeconds, partialFilterExpression } = options;
      if (!found.has(shape({ key, expireAfterSeconds, partialFilterExpression }))) {
        problems.push(describe(model.collection.name, key));
      }
    }
  }
  return problems;
};
