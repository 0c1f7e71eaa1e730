import type { HostReport, IndexState } from './inspect-host.ts';

/** The number of users a report is about. For a sample the text says so, because the other users were not read. */
export const lookedAt = ({
  users,
  examined,
  complete,
}: Pick<HostReport, 'users' | 'examined' | 'complete'>): string =>
  complete ? `${examined} users` : `${examined} users looked at (a random sample of about ${users})`;

/** Advice for the operator of the host application, one sentence each. Names settings, never values of the data. */
export const hostAdvice = ({
  users,
  examined,
  complete,
  passwordFormats: formats,
  addresses,
  emailIndex,
  sessionsIndex,
}: Omit<HostReport, 'advice' | 'problems'>): string[] => {
  if (users === 0) {
    return [
      'the users collection is empty or does not exist: check USERS_COLLECTION and the database in MONGODB_URI',
    ];
  }
  const of = `of ${lookedAt({ users, examined, complete })}`;
  const foreign = formats.argon2 + formats.scrypt + formats.pbkdf2 + formats.other;
  const advice: string[] = [];

  if (addresses.missing === examined) {
    advice.push('no user has an address in the field that USERS_EMAIL_FIELD names: check the name');
  }
  if (formats.none === examined) {
    advice.push('no user has a password in the field that USERS_PASSWORD_FIELD names: check the name');
  }
  if (addresses.unreachable > 0) {
    advice.push(
      `${addresses.unreachable} ${of} can never ask for a link, because no typed address matches the stored one ` +
        '(it has spaces around it, is not text, or is no valid address): store it as trimmed text',
    );
  }
  if (addresses.asStored > 0) {
    advice.push(
      `${addresses.asStored} ${of} get a link only when they type their address with exactly the stored capitals: ` +
        'store addresses in lower case',
    );
  }
  if (foreign > 0) {
    advice.push(
      `${foreign} ${of} have a password hash that is not bcrypt ($2a$, $2b$, $2y$) and get no link: they must reset ` +
        'their password in the system that makes this hash',
    );
  }
  advice.push(...indexAdvice('USERS_EMAIL_FIELD', emailIndex, 'a plain one'));
  if (sessionsIndex) advice.push(...indexAdvice('SESSIONS_USER_FIELD', sessionsIndex, BYTEWISE_INDEX));
  return advice;
};

/** An index without its own collation option would get the collection's default collation, if there is one. */
const BYTEWISE_INDEX = "one with { collation: { locale: 'simple' } } and no filter";

const indexAdvice = (field: string, index: IndexState, remedy: string): string[] => {
  if (index === 'ok') return [];
  return [
    index === 'missing'
      ? `no index begins with ${field}, so every look-up reads the whole collection: create one`
      : `the index on ${field} has a collation or a partial filter and cannot serve exact look-ups: add ${remedy}`,
  ];
};
