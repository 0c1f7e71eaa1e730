import { domainToASCII } from 'node:url';
import { parseAddress } from '@latchkey/password-reset';
import { field } from '@latchkey/runtime';

/** A sender, parsed once. */
export interface MailFrom {
  /** Display name, empty when there is none. */
  readonly name: string;
  readonly address: string;
  /** The address's domain in ASCII; goes into Message-ID and EHLO. */
  readonly domain: string;
}

/** Whether an address can be put into an envelope and a header as it is. */
export const isMailAddress = (value: string): boolean =>
  parseAddress(value) === value && domainOf(value) !== '';

/** In ASCII; empty when it is none. */
const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf('@') + 1));

/** `"Acme, Inc." <…>`, `Acme <…>`, `<…>` or a bare address; exactly one, so nothing that separates addresses unquoted. */
const SENDER =
  /^(?:(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^"<>@,;:()\\]*))\s*<(?<angled>[^<>]*)>|(?<bare>[^<>\s]+))$/;

/** Reads `"Acme" <no-reply@acme.test>` or a bare address; undefined unless it is exactly one usable address. */
export const parseMailFrom = (value: string): MailFrom | undefined => {
  const trimmed = value.trim();
  const parts = /\p{Cc}/u.test(trimmed) ? undefined : SENDER.exec(trimmed)?.groups;
  if (parts === undefined) return undefined;

  const address = parts['angled'] ?? parts['bare'] ?? '';
  if (!isMailAddress(address)) return undefined;

  const name = parts['quoted']?.replace(/\\(.)/g, '$1') ?? parts['plain'] ?? '';
  return { name: name.trim(), address, domain: domainOf(address) };
};

/** One sender. */
export const mailFrom = () => field('one sender, such as "Acme" <no-reply@acme.test>', parseMailFrom);
