import { domainToASCII } from 'node:url';

/** A sender, parsed once. */
export interface MailFrom {
  /** Display name, empty when there is none. */
  readonly name: string;
  readonly address: string;
  /** The address's domain in ASCII; goes into Message-ID and EHLO. */
  readonly domain: string;
}

/** `local@domain` without quoting, spaces, controls or anything that an SMTP command or a header would take for its own. */
const ADDRESS = /^[^\s\p{C}<>()[\]\\,;:"@]+@[^\s\p{C}<>()[\]\\,;:"@]+$/u;

/** Whether an address can be put into an envelope and a header as it is. */
export const isMailAddress = (value: string): boolean =>
  value.length <= 254 && ADDRESS.test(value) && domainOf(value) !== '';

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
