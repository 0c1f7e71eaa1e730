/** The step of the SMTP dialogue at which an attempt ended. `render` is before the dialogue. */
export type Phase =
  | 'render'
  | 'connect'
  | 'greeting'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'message'
  | 'done';

/** The known facts about a failed attempt. Only codes leave the mailer; `text` is used for the class and then dropped. */
export interface SmtpFailure {
  readonly phase: Phase;
  /** Reply code of the refusal; null when the server sent no reply with such a code. */
  readonly code: number | null;
  readonly enhancedCode: string | null;
  /** Error code of nodemailer or Node: `ETIMEDOUT`, `ETLS`, `CERT_HAS_EXPIRED`. */
  readonly errorCode: string | null;
  /** The server's words. They may contain the address: never store or log them. */
  readonly text: string;
}

/** How far a mail got, seen from the stream from which nodemailer reads it. See docs/decisions/0028. */
export interface Progress {
  /** nodemailer asked for the mail's bytes, so connection, greeting and login have succeeded. */
  readonly envelopeBegun: boolean;
  /** At least one byte was given to the connection, which happens only after the server has answered DATA. */
  readonly bodyBegun: boolean;
}

interface ErrorFacts {
  readonly code: string | null;
  readonly originalCode: string | null;
  readonly command: string;
  readonly response: string;
  readonly responseCode: number | null;
  readonly timeoutType: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const factsOf = (error: unknown): ErrorFacts => {
  const fields: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};

  return {
    code: text(fields['code']),
    originalCode: text(fields['originalCode']),
    command: text(fields['command']) ?? '',
    response: text(fields['response']) ?? '',
    responseCode: typeof fields['responseCode'] === 'number' ? fields['responseCode'] : null,
    timeoutType: text(fields['timeoutType']),
  };
};

/**
 * Converts nodemailer's error. For every lost connection its `command` is `CONN`, before the first byte as well as after the
 * final dot, so the phase of these errors comes from `progress`, which is exact about the body.
 */
export const describeFailure = (error: unknown, progress: Progress): SmtpFailure => {
  const facts = factsOf(error);
  const phase = phaseOf(facts, progress);

  return {
    phase,
    code: facts.responseCode !== null && facts.responseCode >= 400 ? facts.responseCode : null,
    enhancedCode: enhancedCodeOf(facts.response),
    errorCode: facts.originalCode ?? facts.code,
    text: facts.response,
  };
};

/** The parts of a reply that may be stored and logged. */
export const codesOf = (reply: string): Pick<SmtpFailure, 'code' | 'enhancedCode'> => ({
  code: /^\d{3}/.test(reply) ? Number(reply.slice(0, 3)) : null,
  enhancedCode: enhancedCodeOf(reply),
});

/** The RFC 3463 status at the beginning of a reply. */
const enhancedCodeOf = (reply: string): string | null =>
  /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(reply)?.[1] ?? null;

const phaseOf = ({ code, command, responseCode, timeoutType }: ErrorFacts, progress: Progress): Phase => {
  if (progress.bodyBegun) return 'message';
  if (command.startsWith('AUTH') || code === 'EAUTH' || code === 'ENOAUTH') return 'auth';
  if (command === 'MAIL FROM') return 'mail';
  if (command === 'RCPT TO') return 'rcpt';
  if (command === 'DATA') return 'data';
  if (progress.envelopeBegun) return 'mail';
  if (/^(EHLO|HELO|STARTTLS)$/.test(command) || responseCode !== null) return 'greeting';
  if (timeoutType === 'GREETING_TIMEOUT' || timeoutType === 'UPGRADE_TIMEOUT') return 'greeting';
  return 'connect';
};
