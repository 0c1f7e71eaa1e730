import { createSmtpMailer } from '@latchkey/mail';
import type { MailFrom, SmtpEndpoint } from '@latchkey/settings';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** Checks whether the relay accepts a connection and the credentials. Sends no mail. */
export const checkRelay = async (
  endpoints: readonly SmtpEndpoint[] | undefined,
  from: MailFrom,
): Promise<Finding> => {
  if (!endpoints)
    return advice(
      'SMTP_URL is not set here, so the relay was not checked; run the doctor with the environment of the worker',
    );
  const mailer = createSmtpMailer({
    endpoints,
    from,
    publicWebUrl: 'http://localhost',
    connections: 1,
  });
  try {
    const verdict = await mailer.verify();
    return verdict.ok
      ? ok('the mail relay accepts the connection')
      : problem(
          `the mail relay cannot be used (${JSON.stringify(verdict)}): check SMTP_URL, its user and password`,
        );
  } finally {
    await mailer.close();
  }
};
