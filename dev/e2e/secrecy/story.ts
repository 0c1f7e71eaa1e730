import { randomBytes } from 'node:crypto';
import type { ReceivedMail, SmtpEvent, SmtpVerdict } from '@latchkey/dev-stack';
import { until } from '@latchkey/test-kit/until';
import { OLD_PASSWORD } from '../harness/host.ts';
import { linkedToken, mailsTo, nextLink, nextNotice, tokenOf } from '../harness/mails.ts';
import { countRows, settled } from '../harness/rows.ts';
import type { Stack } from '../harness/stack.ts';
import { malformedRequests, sendMalformed } from './malformed.ts';
import { type Secret, secretOf, secretsOfToken } from './search.ts';

/** Every address that the api gets, as stored. */
const PEOPLE = {
  anna: 'anna.alt+reset@acme.test',
  bernd: 'bernd.unbekannt@acme.test',
  carla: 'carla.spaeter@acme.test',
  doris: 'doris.abbruch@acme.test',
  emil: 'emil.ausfall@acme.test',
  frieda: 'frieda.gesperrt@acme.test',
  stranger: 'Nobody.Knows@Elsewhere.example',
} as const;
const ANNA_TYPED = 'Anna.Alt+Reset@ACME.test';

const mark = (): string => randomBytes(6).toString('base64url');
/** Passwords that contain the characters that encoders escape. */
const PASSWORDS = {
  chosen: `Neun "Käuze" & 50 % mehr = \\o/ ${mark()}`,
  'never used': `spät + früh ${mark()} ?!`,
  'too long': `lang ${'ü'.repeat(40)} ${mark()}`,
  'with account words': `anna.alt+reset ${mark()}`,
  'in malformed requests': `kaputt "${mark()}" \\ ${mark()} 100 %`,
  'while MongoDB is away': `fort <${mark()}> ${mark()}`,
  'of the host': OLD_PASSWORD,
} as const;

/** A promise and its resolver, to hold the SMTP dialogue until a test has taken its data. */
const gate = () => {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
};

/**
 * Runs everything that may make a program write secrets: resets, errors, outages and a killed worker. `whileSending` is called
 * when Anna's mail was sent and the relay has not answered yet, `afterDelivery` when no delivery is in progress, and
 * `whileUnfinished` when a killed worker has left one unfinished. Resolves with the api's answers to malformed requests.
 */
export const liveThroughEverything = async (
  stack: Stack,
  {
    whileSending,
    afterDelivery,
    whileUnfinished,
  }: {
    whileSending(token: string): Promise<void>;
    afterDelivery(): Promise<void>;
    whileUnfinished(): Promise<void>;
  },
): Promise<readonly string[]> => {
  await seed(stack);
  const token = await anOrdinaryReset(stack, whileSending);
  const answers = await malformed(stack, token);
  await refusedAndRedeemed(stack, token);
  await refusedMails(stack);
  await jobsThatFail(stack);
  await afterDelivery();
  await enginesThatFail(stack);
  await aWorkerKilledWhileSending(stack, whileUnfinished);
  return answers;
};

const seed = async ({ host }: Stack): Promise<void> => {
  for (const [name, email] of Object.entries(PEOPLE)) {
    if (name === 'stranger') continue;
    await host.addUser(email, { name, locale: name === 'anna' ? 'de' : 'en', disabled: name === 'frieda' });
  }
};

const anOrdinaryReset = async (stack: Stack, whileSending: (token: string) => Promise<void>) => {
  const [sending, done] = [gate(), gate()];
  let mail: ReceivedMail | undefined;
  const holdAnna = async (event: SmtpEvent): Promise<SmtpVerdict> => {
    if (event.phase !== 'data' || !event.to.includes(PEOPLE.anna)) return 'accept';
    mail = event.mail ?? undefined;
    sending.open();
    await done.passed;
    return 'accept';
  };
  stack.inbox.behave(holdAnna);

  await stack.client.request({ email: ANNA_TYPED, locale: 'de' });
  for (const email of [PEOPLE.stranger, PEOPLE.frieda]) await stack.client.request({ email });
  await sending.passed;
  if (!mail) throw new Error('the SMTP server saw no mail');
  await whileSending(tokenOf(mail));

  done.open();
  stack.inbox.behave();
  const token = tokenOf(await nextLink(stack.inbox, PEOPLE.anna));
  await until(
    'the delivery settled',
    async () => (await countRows(stack.host, 'latchkey_deliveries', { state: 'accepted' })) === 1,
  );
  return token;
};

const malformed = async ({ api, client }: Stack, token: string): Promise<readonly string[]> => {
  const secrets = { token, password: PASSWORDS['in malformed requests'], address: PEOPLE.anna };
  const answers: string[] = [];
  for (const request of malformedRequests(secrets)) {
    const answer = await sendMalformed(api.url, request);
    // GraphQL repeats an alias that the client chose, so this answer is not searched.
    if (request.what !== 'an alias') answers.push(answer);
  }
  if ((await client.check(token)) !== 'VALID') throw new Error('a malformed request has redeemed the link');
  return answers;
};

const refusedAndRedeemed = async ({ client, inbox }: Stack, token: string): Promise<void> => {
  for (const wrong of [PASSWORDS['too long'], PASSWORDS['with account words'], PASSWORDS['of the host']]) {
    const { result } = await client.reset({ token, newPassword: wrong });
    if (result.code !== 'PASSWORD_REJECTED')
      throw new Error(`expected a refusal, got ${JSON.stringify(result)}`);
  }
  const { result } = await client.reset({ token, newPassword: PASSWORDS.chosen });
  if (result.__typename !== 'PasswordReset')
    throw new Error(`expected a reset, got ${JSON.stringify(result)}`);

  await client.reset({ token, newPassword: PASSWORDS['never used'] });
  await client.reset({ token: `${token.slice(0, -1)}_`, newPassword: PASSWORDS['never used'] });
  await nextNotice(inbox, PEOPLE.anna);
};

/** The relay refuses mails with texts that quote the address and the link, as real relays and filters do. */
const refusedMails = async (stack: Stack): Promise<void> => {
  const quote = (mail: ReceivedMail | null): string => mail?.links.join(' ') ?? '';
  const times = new Map<string, number>();
  const behaviour = ({ phase, to, mail }: SmtpEvent): SmtpVerdict => {
    const [recipient = ''] = to;
    const seen = times.get(`${phase} ${recipient}`) ?? 0;
    times.set(`${phase} ${recipient}`, seen + 1);
    if (phase === 'data' && recipient === PEOPLE.bernd) {
      return { code: 550, message: `5.7.1 <${recipient}>: refused because of ${quote(mail)}` };
    }
    if (phase === 'data' && recipient === PEOPLE.carla && seen === 0) {
      return { code: 451, message: `4.3.0 <${recipient}> later, seen ${quote(mail)}` };
    }
    return 'accept';
  };
  stack.inbox.behave(behaviour);

  for (const email of [PEOPLE.bernd, PEOPLE.carla]) await stack.client.request({ email });
  await nextLink(stack.inbox, PEOPLE.carla);
  await settled(stack.host);
};

/** The worker loses MongoDB while it has jobs. They become failed jobs, and BullMQ publishes the failure. */
const jobsThatFail = async (stack: Stack): Promise<void> => {
  stack.mongo.worker.cut();
  await stack.client.request({ email: PEOPLE.emil });
  const worker = stack.workers[0];
  await worker?.waitForLine((line) => line.includes('"queue.failed"'));
  await stack.mongo.worker.restore();

  await nextLink(stack.inbox, PEOPLE.emil);
  await settled(stack.host);
};

/** The api loses MongoDB, then Redis stops answering. */
const enginesThatFail = async ({ client, mongo, redis, inbox }: Stack): Promise<void> => {
  const token = tokenOf(mailsTo(inbox, PEOPLE.emil).links[0] ?? fail('no mail'));
  mongo.api.cut();
  const password = PASSWORDS['while MongoDB is away'];
  const answers = await Promise.all([
    client.request({ email: PEOPLE.emil }),
    client.reset({ token, newPassword: password }),
    client.check(token).then(
      () => ({ result: { code: '' } }),
      () => ({ result: { code: '' } }),
    ),
  ]);
  if (answers[0].result.code !== 'SERVICE_UNAVAILABLE') throw new Error('MongoDB was not away');
  await mongo.api.restore();

  redis.freeze();
  await client.request({ email: PEOPLE.stranger });
  await client.reset({ token: `${token.slice(0, -1)}-`, newPassword: password });
  redis.thaw();
  await until(
    'the api has its database back',
    async () => (await client.check(token).catch(() => '')) === 'VALID',
  );
};

/** A worker is killed during a send. No other worker takes over before the lease expires; `whileUnfinished` runs before that. */
const aWorkerKilledWhileSending = async (
  stack: Stack,
  whileUnfinished: () => Promise<void>,
): Promise<void> => {
  const [sending, killed] = [gate(), gate()];
  const holdDoris = async ({ phase, to }: SmtpEvent): Promise<SmtpVerdict> => {
    if (phase !== 'data' || !to.includes(PEOPLE.doris)) return 'accept';
    sending.open();
    await killed.passed;
    return 'drop';
  };
  stack.inbox.behave(holdDoris);
  await stack.client.request({ email: PEOPLE.doris });
  await sending.passed;
  stack.workers[0]?.kill('SIGKILL');
  await stack.workers[0]?.exited;
  killed.open();
  await whileUnfinished();
  await stack.startWorker();
};

const fail = (message: string): never => {
  throw new Error(message);
};

/** Every raw token that was ever mailed, and every password that was ever sent. */
export const forbiddenSecrets = ({ inbox }: Stack): readonly Secret[] => [
  ...inbox.received().flatMap((mail, index) => {
    const token = linkedToken(mail);
    return token === undefined ? [] : secretsOfToken(`token of mail ${index}`, token);
  }),
  ...Object.entries(PASSWORDS).map(([which, password]) => secretOf(`password ${which}`, password)),
];

/** Every address, as stored and as typed. */
export const addresses = (): readonly Secret[] =>
  Object.entries(PEOPLE).map(([name, address]) => secretOf(`address of ${name}`, address, true));

/** Tokens whose delivery a killed worker left unfinished. Their link can still be rebuilt, because a mail must still be sent. */
export const unfinishedTokens = ({ inbox }: Stack): readonly string[] => {
  const mails = inbox.received().filter(({ to }) => to.includes(PEOPLE.doris));
  return [...new Set(mails.map(tokenOf))];
};
