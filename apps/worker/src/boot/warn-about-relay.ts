import type { SmtpMailer } from '@latchkey/mail';
import type { Log } from '@latchkey/runtime';

/**
 * A relay that is down is no reason not to start: look-ups go on, and mails wait for it. A wrong password or certificate
 * looks the same from here and is seen at boot rather than with the first mail.
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
