import type { Connection } from 'mongoose';
import { translate } from './driver-errors.ts';
import { type Models, modelsOf } from './models.ts';

/** What an index must be, as far as it matters to us. */
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
    // NamespaceNotFound: the collection is not there yet.
    if (error instanceof Error && 'code' in error && error.code === 26) return [];
    throw translate(error);
  }
};

/**
 * Creates Latchkey's collections and indexes where they are missing; does nothing when they are there. Collections are made
 * here, so that no transaction ever has to. One after another: a first boot is no reason to build six indexes at once.
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

/** The indexes that are missing or differ from what they must be, as `collection {"field":1}`; empty when all is well. */
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
