/**
 * The bcrypt identifiers whose hashes a reset may replace, and must keep: another one could lock the host's login out. Costs are
 * 4 to 31; a hash of another cost is no bcrypt, and comparing a password with it is an error.
 */
const BCRYPT = /^(\$2[aby]\$)(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** `$2a$`, `$2b$` or `$2y$` for a bcrypt hash; undefined for anything else (argon2, scrypt, a marker such as `!`). */
export const bcryptPrefix = (passwordHash: string): string | undefined => BCRYPT.exec(passwordHash)?.[1];
