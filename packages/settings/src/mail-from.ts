import { domainToASCII } from 'node:url';
import { parseAddress } from '@latchkey/password-reset';
import { field } from '@latchkey/runtime';

/** A sender. */
export interface MailFrom {
  /** Display name; empty when there is none. */
  readonly name: string;
  readonly address: string;
  /** The address's domain in ASCII, for Message-ID and EHLO. */
  readonly domain: string;
}

/** Whether an address can be used in an envelope and a header without a change. */
export const isMailAddress = (value: string): boolean =>
  parseAddress(value) === value && domainOf(value) !== '';

/** The domain in ASCII; empty when it is not valid. */
const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf('@') + 1));

/**
 * `"Acme, Inc." <…>`, `Acme <…>`, `<…>` or a bare address. Unquoted separators of addresses do not match, so there is exactly
 * one address.
 */
const SENDER =
  /^(?:(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^"<>@,;:()\\]*))\s*<(?<angled>[^<>]*)>|(?<bare>[^<>\s]+))$/;

/** Reads `"Acme" <no-reply@acme.test>` or a bare address; undefined unless there is exactly one valid address. */
export const parseMailFrom = (value: string): MailFrom | undefined => {
  const trimmed = value.trim();
  const parts = /\p{Cc}/u.test(trimmed) ? undefined : SENDER.exec(trimmed)?.groups;
  if (parts === undefined) return undefined;

  const address = parts['angled'] ?? parts['bare'] ?? '';
  if (!isMailAddress(address)) return undefined;

  const name = parts['quoted']?.replace(/\\(.)/g, '$1') ?? parts['plain'] ?? '';
  return { name: name.trim(), address, domain: domainOf(address) };
};

/** Exactly one sender. */
export const mailFrom = () => field('one sender, such as "Acme" <no-reply@acme.test>', parseMailFrom);
