import { createSmtpMailer } from '@latchkey/mail';
import type { MailFrom, SmtpEndpoint } from '@latchkey/settings';
import { advice, type Finding, ok, problem } from '../finding.ts';

/** Whether the relay lets us in. Sends nothing. */
export const checkRelay = async (
  endpoints: readonly SmtpEndpoint[] | undefined,
  from: MailFrom,
): Promise<Finding> => {
  if (!endpoints)
    return advice(
      'SMTP_URL is not set here, so the relay was not tried; run the doctor where the worker runs',
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
