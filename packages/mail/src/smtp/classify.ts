import type { SendClass } from '@latchkey/password-reset';
import type { SmtpFailure } from './failure.ts';

type FailureClass = Exclude<SendClass, 'accepted'>;

/** Words of a 5xx reply that means "not now" (550 5.7.0 and 5.4.5 of large providers, wrong replies of greylisting). */
const THROTTLED =
  /rate.?limit|throttl|too (many|much|fast)|(daily|hourly|sending|relay|user|message) .{0,30}(limit|quota)|quota exceeded|try (again )?later|temporar|gr[ae]y.?list|unusual rate/i;
/**
 * Words of a refusal for a reason on the sender's side, not the recipient's: relaying, reputation, authentication of the
 * sender's domain.
 */
const ABOUT_US =
  /relay|authenticat|\bauth\b|not (authori[sz]ed|permitted|allowed) to (send|perform)|\bspf\b|\bdkim\b|dmarc|blocked|block.?list|black.?list|spamhaus|reputation|reverse dns|\bptr\b|sender (address )?(rejected|refused|denied|verif|identity|signature)|client host|\bhelo\b|\bnot verified\b|send.?as|banned/i;

/**
 * Enhanced codes (RFC 3463, 5248, 7372, 7505) that say more than the reply code. The first match counts, so more specific
 * patterns come first.
 */
const BY_STATUS: readonly (readonly [RegExp, FailureClass])[] = [
  [/^5\.1\.[78]$/, 'configuration'], // sender's address
  [/^5\.1\.9$/, 'permanent'], // recipient's domain has a null MX
  [/^5\.1\./, 'permanent'], // recipient's address
  [/^5\.2\.2$/, 'transient'], // mailbox full: its owner may delete mails
  [/^5\.2\.252$/, 'configuration'], // Exchange: no right to send as this sender
  [/^5\.2\./, 'permanent'], // mailbox disabled or not accepting mail
  [/^5\.3\.4$/, 'permanent'], // message too big
  [/^5\.3\./, 'transient'], // the receiving system is full, accepts no mail, or has a wrong configuration
  [/^5\.4\.5$/, 'transient'], // congestion; Gmail's daily limit
  [/^5\.4\./, 'permanent'], // no route to the recipient
  [/^5\.6\./, 'permanent'], // the content, not the way it is sent
  [/^5\.7\.(8|9|1[0-4]|2[0-9])$/, 'configuration'], // credentials, encryption, SPF, DKIM, DMARC, PTR
  [/^5\.7\.(5[47]|6[04])$/, 'configuration'], // Exchange: relaying, login, the right to use this sender
  [/^5\.7\.(50[1-3]|50[689]|51[12]|[67]\d\d)$/, 'configuration'], // Exchange Online: sender, HELO, IP address or reputation
];

/** Error codes of Node and OpenSSL for a certificate or a kind of TLS that cannot be used. */
const BAD_TLS = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME|HOSTNAME_MISMATCH|^ERR_SSL_|^EPROTO$/;
const BAD_SET_UP = new Set(['EAUTH', 'ENOAUTH', 'ECONFIG', 'EREQUIRETLS', 'ENOTFOUND', 'ERR_ACCESS_DENIED']);

/**
 * The class of a failed attempt. The phase counts first, then the enhanced code, then the reply code, then the words of the
 * reply.
 */
export const classifyFailure = (failure: SmtpFailure): FailureClass => {
  if (failure.phase === 'render') return 'permanent';
  if (failure.code === null) return withoutReply(failure);
  if (failure.code < 500) return temporaryReply(failure);
  return permanentReply({ ...failure, code: failure.code });
};

const withoutReply = ({ phase, errorCode }: SmtpFailure): FailureClass => {
  // Part of the body was sent and no reply came, so the relay may have the mail.
  if (phase === 'message') return 'ambiguous';
  if (errorCode !== null && (BAD_SET_UP.has(errorCode) || BAD_TLS.test(errorCode))) return 'configuration';
  if (errorCode === 'EENVELOPE' || errorCode === 'EMESSAGE') return 'permanent';
  return 'transient';
};

const temporaryReply = ({ phase, code }: SmtpFailure): FailureClass => {
  // Waiting does not help with 432 "a password transition is needed" (RFC 4954).
  if (phase === 'auth' && code === 432) return 'configuration';
  return 'transient';
};

/** The words of a reply without addresses, because an address such as `relay@…` must not count as a word about relaying. */
const wordsOf = (text: string): string => text.replace(/<[^>]*>|\S+@\S+/g, ' ');

const permanentReply = ({
  phase,
  code,
  enhancedCode,
  text,
}: SmtpFailure & { readonly code: number }): FailureClass => {
  const words = wordsOf(text);
  const throttled = THROTTLED.test(words);
  const aboutUs = ABOUT_US.test(words);

  if (phase === 'auth' || code === 530 || code === 534 || code === 535 || code === 538)
    return 'configuration';
  // 503 "bad sequence of commands" is about the state of the session, not about the mail, so another connection may accept the
  // mail.
  if (code === 503) return aboutUs ? 'configuration' : 'transient';
  if (phase === 'connect' || phase === 'greeting') return throttled ? 'transient' : 'configuration';
  // A refusal at MAIL FROM is about the sender or its reputation, because no recipient is known yet.
  if (phase === 'mail') return throttled ? 'transient' : code === 552 ? 'permanent' : 'configuration';
  // Postfix reports its refusal of sender, client or HELO only at RCPT TO.
  if (phase === 'rcpt' && /(sender address|client host|helo command) rejected/i.test(words)) {
    return 'configuration';
  }

  const known = VAGUE.test(enhancedCode ?? '') ? undefined : byStatus(enhancedCode);
  if (known !== undefined) return known;
  if (throttled) return 'transient';
  if (aboutUs) return 'configuration';
  // 552 at RCPT TO means "too much stored for this mailbox" and must count like 452 (RFC 5321, 4.5.3.1.10).
  if (phase === 'rcpt' && code === 552) return 'transient';
  return 'permanent';
};

/** Codes that any refusal may have, so the words of the reply decide: "other", "mailbox", "protocol", "security or policy". */
const VAGUE = /^5\.([05]\.\d+|2\.0|7\.[01])$/;

const byStatus = (enhancedCode: string | null): FailureClass | undefined =>
  enhancedCode === null ? undefined : BY_STATUS.find(([status]) => status.test(enhancedCode))?.[1];
