import { startMailInbox } from '@latchkey/dev-stack';
import { createClient } from '@latchkey/test-kit/graphql';
import type { Relay, RelayedMail } from '@latchkey/test-kit/relay';
import { createTransport } from 'nodemailer';
import type { World } from './world.ts';

export interface MailRate {
  readonly mails: number;
  readonly connections: number;
  /** Mails per second of the worker: from the look-up to the settled row. */
  readonly worker: number;
  /** Mails per second of nodemailer's pool alone, with the same text and HTML. */
  readonly nodemailer: number;
  readonly ratio: number;
}

const SMTP_CONNECTIONS = 5;
const HASH = '$2b$12$abcdefghijklmnopqrstuuDcRPWjs5g2sNmXUn4k1ZXmEQMWqPzVi';

/** Measures how fast a worker sends a backlog of mails, and how fast nodemailer alone sends them to the same relay. */
export const measureMailRate = async (world: World, relay: Relay, mails: number): Promise<MailRate> => {
  const emails = Array.from(
    { length: mails },
    (_, index) => `member${String(index).padStart(6, '0')}@acme.test`,
  );
  await world.addUsers(emails, HASH);
  const sample = await oneRealMail(world, emails[0] ?? '');

  const api = await world.startApi({ MAIL_JITTER: '0s' });
  for (const email of emails) await request(api.url, email);
  await api.stop();

  const before = relay.mails.length;
  const worker = await world.startWorker({ SMTP_CONNECTIONS: String(SMTP_CONNECTIONS) });
  await relay.waitUntil((all) => all.length >= before + mails, 300_000);
  await worker.stop();
  const ofWorker = rateOf(relay.mails.slice(before));

  const ofNodemailer = await sendPlainly(relay, emails, sample);
  return {
    mails,
    connections: SMTP_CONNECTIONS,
    worker: ofWorker,
    nodemailer: ofNodemailer,
    ratio: ofWorker / ofNodemailer,
  };
};

/** Mails per second between 10 % and 95 % of all mails, so that start and end do not count. */
const rateOf = (mails: readonly RelayedMail[]): number => {
  const [from, to] = [Math.floor(mails.length * 0.1), Math.floor(mails.length * 0.95)];
  const ms = (mails[to]?.at ?? 0) - (mails[from]?.at ?? 0);
  return ((to - from) / ms) * 1_000;
};

const request = async (url: string, email: string): Promise<void> => {
  const { result, text } = await createClient(url).request({ email });
  if (result.__typename !== 'PasswordResetRequested') throw new Error(text);
};

const oneRealMail = async (
  world: World,
  email: string,
): Promise<{ text: string; html: string; subject: string }> => {
  const inbox = await startMailInbox();
  const [api, worker] = await Promise.all([
    world.startApi({ MAIL_JITTER: '0s' }),
    world.startWorker({ SMTP_URL: inbox.smtpUrl }),
  ]);
  try {
    await request(api.url, email);
    const { text, html, subject } = await inbox.waitFor(() => true);
    return { text, html, subject };
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
    await inbox.stop();
  }
};

const sendPlainly = async (
  relay: Relay,
  emails: readonly string[],
  { text, html, subject }: { text: string; html: string; subject: string },
): Promise<number> => {
  const transport = createTransport({
    url: relay.smtpUrl,
    pool: true,
    maxConnections: SMTP_CONNECTIONS,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const before = relay.mails.length;
  await Promise.all(
    emails.map((to) => transport.sendMail({ from: 'no-reply@acme.test', to, subject, text, html })),
  );
  transport.close();
  await relay.waitUntil((all) => all.length >= before + emails.length, 60_000);
  return rateOf(relay.mails.slice(before));
};
