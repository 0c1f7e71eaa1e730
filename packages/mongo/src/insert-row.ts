import type { Model, mongo } from 'mongoose';
import { isDuplicateKey } from './driver-errors.ts';
import type { Run } from './operation.ts';

/**
 * Inserts one row, cast and checked by its schema. Uses the raw collection, because the model's own `insertOne` saves a
 * document and loses `maxTimeMS`. A duplicate key at a repeated insert means that an earlier try took effect: ids are random,
 * so no other row has this id.
 * @throws DuplicateError when another row has the id.
 */
export const insertRow = async <Doc>({
  model,
  run,
  row,
}: {
  model: Model<Doc>;
  run: Run;
  row: Partial<Doc>;
}): Promise<void> => {
  const document = new model(row);
  await document.validate();
  const stored: mongo.Document = document.toBSON();

  await run(async (options, again) => {
    try {
      await model.collection.insertOne(stored, options);
    } catch (error) {
      if (!again || !isDuplicateKey(error)) throw error;
    }
  });
};
