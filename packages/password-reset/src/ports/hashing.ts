import type { Client } from './client.ts';

/** For whom the hasher works: its threads are shared between networks, not between requests. */
interface HashingFor {
  readonly client: Client;
}

/** Slow hashing, off the event loop. Throws `HasherBusyError` when its bounded queue has no room for this client. */
export interface PasswordHasher {
  /** bcrypt with the identifier (`$2a$`, `$2b$` or `$2y$`) of the hash it will replace. `password` is already normalised. */
  hash(password: string, like: string, whose: HashingFor): Promise<string>;
  matches(password: string, storedHash: string, whose: HashingFor): Promise<boolean>;
}
