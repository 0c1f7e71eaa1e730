/** The bcrypt identifiers whose hashes a reset may replace, and must keep: another one could lock the host's login out. */
const BCRYPT = /^(\$2[aby]\$)\d\d\$[./A-Za-z0-9]{53}$/;

/** `$2a$`, `$2b$` or `$2y$` for a bcrypt hash; undefined for anything else (argon2, scrypt, a marker such as `!`). */
export const bcryptPrefix = (passwordHash: string): string | undefined => BCRYPT.exec(passwordHash)?.[1];
