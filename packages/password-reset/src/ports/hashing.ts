import type { Client } from './client.ts';

/** The client that the hasher works for. Its threads are shared between networks, not between requests (decision 37). */
interface HashingFor {
  readonly client: Client;
}

/**
 * Slow hashing, off the event loop. Both methods reject with `HasherBusyError` when the bounded queue has no room for this
 * client.
 */
export interface PasswordHasher {
  /**
   * A bcrypt hash with the identifier `like` (`$2a$`, `$2b$` or `$2y$`), which is that of the hash to replace. `password` is
   * already normalised.
   */
  hash(password: string, like: string, whose: HashingFor): Promise<string>;
  matches(password: string, storedHash: string, whose: HashingFor): Promise<boolean>;
}
