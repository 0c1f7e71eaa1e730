/**
 * A bcrypt hash, with its identifier as a group. A reset replaces only such hashes and keeps the identifier, because the host's
 * login may not accept another one. Costs are 4 to 31: a hash of another cost is not a bcrypt hash, and comparing a password with
 * it is an error.
 */
const BCRYPT = /^(\$2[aby]\$)(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** `$2a$`, `$2b$` or `$2y$` for a bcrypt hash; undefined for anything else (argon2, scrypt, a marker such as `!`). */
export const bcryptPrefix = (passwordHash: string): string | undefined => BCRYPT.exec(passwordHash)?.[1];
