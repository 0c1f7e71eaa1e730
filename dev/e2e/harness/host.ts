import { hashSync } from 'bcryptjs';
import { type Db, type Document, ObjectId } from 'mongodb';

/** The password of every added user before a reset. */
export const OLD_PASSWORD = 'korrekt Pferd Batterie 7';
const OLD_HASH = hashSync(OLD_PASSWORD, 4);

/** The data of the host application: users and sessions. */
export interface Host {
  readonly db: Db;
  /** Adds a user. `fields` replace the defaults; the value `undefined` removes a field. */
  addUser(email: string, fields?: Document): Promise<ObjectId>;
  /** Adds `count` users with the addresses `prefix0@acme.test`, `prefix1@acme.test`, …; resolves with the addresses. */
  addUsers(prefix: string, count: number): Promise<readonly string[]>;
  addSession(userId: unknown): Promise<void>;
  user(email: string): Promise<Document | null>;
  sessionCount(): Promise<number>;
  /** Every document of the database as sorted text. Equal texts mean equal contents. */
  dump(): Promise<string>;
}

const newUser = (email: string, fields: Document = {}): Document & { _id: ObjectId } => {
  const user = { _id: new ObjectId(), email, passwordHash: OLD_HASH, locale: 'en', ...fields };
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== undefined)) as typeof user;
};

export const createHost = (db: Db): Host => {
  const users = db.collection('users');
  const sessions = db.collection('sessions');

  return {
    db,
    addUser: async (email, fields) => {
      const user = newUser(email, fields);
      await users.insertOne(user);
      return user._id;
    },
    addUsers: async (prefix, count) => {
      const emails = Array.from({ length: count }, (_, index) => `${prefix}${index}@acme.test`);
      await users.insertMany(emails.map((email) => newUser(email)));
      return emails;
    },
    addSession: async (userId) => {
      await sessions.insertOne({ userId, issuedAt: new Date() });
    },
    user: (email) => users.findOne({ email }),
    sessionCount: () => sessions.countDocuments({}),
    dump: async () => {
      const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
      const parts: string[] = [];
      for (const name of names) {
        const rows = await db.collection(name).find({}).toArray();
        parts.push(...rows.map((row) => `${name} ${JSON.stringify(row)}`).sort());
      }
      return parts.join('\n');
    },
  };
};
