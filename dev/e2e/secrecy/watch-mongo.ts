import { EJSON } from 'bson';
import type { Db } from 'mongodb';

/** Every document of every collection as canonical EJSON, one line each. */
export const readMongo = async (db: Db): Promise<readonly string[]> => {
  const names = (await db.listCollections().toArray()).map(({ name }) => name);
  const perCollection = await Promise.all(
    names.map(async (name) => {
      const rows = await db.collection(name).find({}, { promoteValues: false }).toArray();
      return rows.map((row) => `${name} ${EJSON.stringify(row, { relaxed: false })}`);
    }),
  );
  return perCollection.flat();
};

/** Every state of every document that was ever read. */
export interface MongoWatch {
  seen(): Buffer;
  /** Number of times that the whole database was read. */
  readonly rounds: number;
  stop(): Promise<void>;
}

/** Reads the whole database again and again until `stop`. */
export const watchMongo = (db: Db): MongoWatch => {
  const seen = new Set<string>();
  let [rounds, running] = [0, true];

  const round = async (): Promise<void> => {
    for (const line of await readMongo(db)) seen.add(line);
    rounds += 1;
  };
  const loop = (async () => {
    while (running) {
      await round();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await round();
  })();
  // `stop` reports the error. Without this handler an early error would end the whole test run.
  loop.catch(() => {});

  return {
    seen: () => Buffer.from([...seen].join('\n')),
    get rounds() {
      return rounds;
    },
    stop: async () => {
      running = false;
      await loop;
    },
  };
};
