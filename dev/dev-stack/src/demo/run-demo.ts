import { type Answer, CHECK, createClient, REQUEST, RESET } from '../graphql/index.ts';
import { DEMO_ACCOUNTS } from '../host-app/seed.ts';
import type { ReceivedMail } from '../smtp/index.ts';
import type { Stack } from '../stack/start-stack.ts';
import { createHostClient } from './host-client.ts';
import { requestOutcome } from './request-outcome.ts';
import { insist, type Steps } from './steps.ts';

const STRANGER = 'nobody@elsewhere.test';
const NEW_PASSWORD = 'seventeen quiet lighthouses';

const referenceIn = (answer: Answer): string => /R-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(answer.text)?.[0] ?? '';

/** Everything that the client can see of an answer, with the random reference replaced. */
const seenByAsker = (answer: Answer): string =>
  JSON.stringify([
    answer.status,
    [...answer.headers].filter(([name]) => name !== 'date'),
    answer.text.replaceAll(referenceIn(answer), 'R-####-####'),
  ]);

const tokenIn = (mail: ReceivedMail): string => {
  const link = mail.links.find((candidate) => candidate.includes('#token='));
  insist(link !== undefined, 'the mail has no link with a token in it');
  return link.slice(link.indexOf('#token=') + '#token='.length);
};

/** Runs one password reset as the user, the host app and the mailbox see it. Throws when a step does not succeed. */
export const runDemo = async ({ stack, steps }: { stack: Stack; steps: Steps }): Promise<void> => {
  const [user] = DEMO_ACCOUNTS;
  insist(user !== undefined && user.password !== null, 'there is no demo account');
  const { email, name, password } = user;
  const host = createHostClient(stack.hostApp.url);
  const client = createClient(stack.api.url);
  const graphql = (query: string, variables: Readonly<Record<string, unknown>>) =>
    client.execute(query, variables, { Accept: 'application/graphql-response+json' });

  const logIn = async (secret: string) => {
    const session = await host.logIn(email, secret);
    insist(session !== null, 'the host app refused a login that should work');
    insist(await host.accepts(session), 'the host app refused a session that it has just opened');
    return session;
  };

  const sessions = await steps.run(
    `${name} logs in at the host app, on a laptop and on a phone`,
    async () => [await logIn(password), await logIn(password)],
  );

  const known = await steps.run(
    `${name} forgot the password and asks for a link over GraphQL`,
    async () => {
      const answer = await graphql(REQUEST, { input: { email } });
      insist(referenceIn(answer) !== '', `the API did not accept it: ${answer.text}`);
      return answer;
    },
    (answer) => `reference ${referenceIn(answer)}`,
  );

  const unknown = await steps.run(
    'A stranger asks for an address nobody has and gets the same answer, byte for byte',
    async () => {
      const answer = await graphql(REQUEST, { input: { email: STRANGER } });
      insist(
        seenByAsker(answer) === seenByAsker(known) && referenceIn(answer) !== referenceIn(known),
        `the answers differ:\n${seenByAsker(known)}\n${seenByAsker(answer)}`,
      );
      return answer;
    },
  );

  const mail = await steps.run(
    `The worker finds ${name}'s account and the mail arrives over SMTP`,
    () => stack.inbox.waitFor((candidate) => candidate.to.includes(email)),
    ({ subject }) => `“${subject}”`,
  );
  const token = tokenIn(mail);

  await steps.run('The link in it opens the page for a new password and still works', async () => {
    const [link = ''] = mail.links.filter((candidate) => candidate.includes(token));
    const page = await fetch(link);
    insist(page.status === 200 && link.startsWith(stack.pages.url), `${stack.pages.url} did not answer`);
    const { data } = await graphql(CHECK, { token });
    insist(data?.['passwordResetToken'] === 'VALID', 'the API says that the link does not work');
  });

  await steps.run(
    `${name} chooses a new password`,
    async () => {
      const { data, text } = await graphql(RESET, { input: { token, newPassword: NEW_PASSWORD } });
      const result: { __typename?: string; sessionsRevoked?: number } = Object(data?.['resetPassword']);
      insist(result.__typename === 'PasswordReset', `the API refused: ${text}`);
      insist(
        result.sessionsRevoked === sessions.length,
        `${result.sessionsRevoked} sessions ended, not both`,
      );
      return result.sessionsRevoked;
    },
    (revoked) => `${revoked} sessions ended`,
  );

  await steps.run('The host app refuses both devices', async () => {
    for (const session of sessions) insist(!(await host.accepts(session)), 'an old session still works');
  });
  await steps.run('The host app refuses the old password', async () => {
    insist((await host.logIn(email, password)) === null, 'the old password still works');
  });
  await steps.run('The host app takes the new one', () => logIn(NEW_PASSWORD));

  await steps.run('The same link does not work twice', async () => {
    const { text } = await graphql(RESET, { input: { token, newPassword: `${NEW_PASSWORD}!` } });
    insist(text.includes('"INVALID_TOKEN"'), `the API answered ${text}`);
    await logIn(NEW_PASSWORD);
  });

  await steps.run(
    `${name} is told by mail that the password was changed`,
    () => stack.inbox.waitFor(({ id, to }) => id !== mail.id && to.includes(email)),
    ({ subject }) => `“${subject}”`,
  );

  await steps.run('The stranger’s request ended without an account and without a mail', async () => {
    const state = await requestOutcome({ mongodbUri: stack.mongodbUri, reference: referenceIn(unknown) });
    insist(state === 'no_account', `the request ended as ${state}`);
    const mails = stack.inbox.received().filter(({ to }) => !to.includes(email));
    insist(mails.length === 0, `${mails.length} mails went to somebody else`);
    insist(stack.inbox.received().length === 2, `${stack.inbox.received().length} mails were sent, not two`);
  });
};
