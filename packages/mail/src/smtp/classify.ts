import type { SendClass } from '@latchkey/password-reset';
import type { SmtpFailure } from './failure.ts';

type FailureClass = Exclude<SendClass, 'accepted'>;

/** Words of a 5xx that is really "not now" (550 5.7.0 and 5.4.5 of big providers, greylisting done wrong). */
const THROTTLED =
  /rate.?limit|throttl|too (many|much|fast)|(daily|hourly|sending|relay|user) .{0,30}(limit|quota)|quota exceeded|try (again )?later|temporar|greylist|unusual rate/i;
/** Words of a refusal that is about us and not about the recipient: relaying, reputation, authentication of our domain. */
const ABOUT_US =
  /relay|authenticat|\bauth\b|not (authori[sz]ed|permitted) to send|\bspf\b|\bdkim\b|dmarc|blocked|block ?list|black ?list|spamhaus|reputation|reverse dns|\bptr\b|sender/i;

/** Enhanced codes (RFC 3463, 5248, 7372, 7505) that say more than the reply code. Longest match first. */
const BY_STATUS: readonly (readonly [RegExp, FailureClass])[] = [
  [/^5\.1\.[78]$/, 'configuration'], // sender's address
  [/^5\.1\.9$/, 'permanent'], // recipient's domain has a null MX
  [/^5\.1\./, 'permanent'], // recipient's address
  [/^5\.2\.2$/, 'transient'], // mailbox full: people clean up
  [/^5\.2\./, 'permanent'], // mailbox disabled, not accepting
  [/^5\.3\.[24]$/, 'transient'], // system not accepting, message too big for it right now
  [/^5\.4\.5$/, 'transient'], // congestion; Gmail's daily limit
  [/^5\.4\./, 'permanent'], // no route to the recipient
  [/^5\.5\.3$/, 'transient'], // too many recipients
  [/^5\.6\./, 'permanent'], // content, not the way it is sent
  [/^5\.7\.(8|9|1[0-4]|2[0-9])$/, 'configuration'], // credentials, encryption, SPF, DKIM, DMARC, PTR
];

/** Node's and OpenSSL's names for "this certificate will not do". */
const BAD_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME|HOSTNAME_MISMATCH/;
const BAD_SET_UP = new Set(['EAUTH', 'ENOAUTH', 'ECONFIG', 'EREQUIRETLS', 'ENOTFOUND', 'ERR_ACCESS_DENIED']);

/** What a failed try means for the delivery. Looks at phase first, then enhanced code, then reply code, then words. */
export const classifyFailure = (failure: SmtpFailure): FailureClass => {
  if (failure.phase === 'render') return 'permanent';
  if (failure.code === null) return withoutReply(failure);
  if (failure.code < 500) return temporaryReply(failure);
  return permanentReply({ ...failure, code: failure.code });
};

const withoutReply = ({ phase, errorCode }: SmtpFailure): FailureClass => {
  // The body was under way and no verdict came back: the server may have it.
  if (phase === 'message') return 'ambiguous';
  if (errorCode !== null && (BAD_SET_UP.has(errorCode) || BAD_CERTIFICATE.test(errorCode)))
    return 'configuration';
  if (errorCode === 'EENVELOPE' || errorCode === 'EMESSAGE') return 'permanent';
  return 'transient';
};

const temporaryReply = ({ phase, code }: SmtpFailure): FailureClass => {
  // 432 "a password transition is needed" (RFC 4954) will not pass by waiting.
  if (phase === 'auth' && code === 432) return 'configuration';
  return 'transient';
};

const permanentReply = ({
  phase,
  code,
  enhancedCode,
  text,
}: SmtpFailure & { readonly code: number }): FailureClass => {
  // 503 is about the session's state, not about the mail: another connection may take it.
  if (code === 503 && phase !== 'auth' && !ABOUT_US.test(text)) return 'transient';
  if (phase === 'auth' || code === 530 || code === 534 || code === 535 || code === 538)
    return 'configuration';
  if (phase === 'connect' || phase === 'greeting') {
    return THROTTLED.test(text) ? 'transient' : 'configuration';
  }

  const generic = enhancedCode === null || /^5\.([05]\.\d+|7\.[01])$/.test(enhancedCode);
  if (!generic) {
    const known = BY_STATUS.find(([status]) => status.test(enhancedCode))?.[1];
    if (known !== undefined) return known;
  }

  if (THROTTLED.test(text)) return 'transient';
  if (phase === 'mail' || ABOUT_US.test(text)) return 'configuration';
  // 552 at RCPT means "too much stored for this mailbox" and is to be treated like 452 (RFC 5321, 4.5.3.1.10).
  if (code === 552 && enhancedCode === null) return 'transient';
  return 'permanent';
};
