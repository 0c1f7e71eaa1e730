import type { Model, mongo } from 'mongoose';
import { isDuplicateKey } from './driver-errors.ts';
import type { Run } from './operation.ts';

/**
 * Inserts one row, cast and checked by its schema. Past the model's own `insertOne`, which saves a document and drops
 * `maxTimeMS` on the way. A row whose id is taken when it is inserted again is this one: ids are random.
 * @throws DuplicateError when the id is taken by another.
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
