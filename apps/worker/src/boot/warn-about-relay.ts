import type { SmtpMailer } from '@latchkey/mail';
import type { Log } from '@latchkey/runtime';

/**
 * Logs whether the relay can be used. The worker also starts without a relay, because look-ups go on and mails wait. A wrong
 * password or certificate becomes visible at the start instead of with the first mail.
 */
export const warnAboutRelay = async (mailer: Pick<SmtpMailer, 'verify'>, log: Log): Promise<void> => {
  const result = await mailer.verify();

  if (result.ok) log.info({ event: 'mail.relay_ok' }, 'the mail relay answers');
  else
    log.warn(
      { event: 'mail.relay_failed', class: result.class, code: result.code },
      'the mail relay cannot be used; mails wait until it can (check SMTP_URL)',
    );
};
