import { domainToASCII } from 'node:url';
import parseAddresses from 'nodemailer/lib/addressparser';

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
export const isMailAddress = (value: string): boolean => value.length <= 254 && ADDRESS.test(value);

/** Reads `"Acme" <no-reply@acme.test>` or a bare address; undefined unless it is exactly one usable address. */
export const parseMailFrom = (value: string): MailFrom | undefined => {
  if (/\p{Cc}/u.test(value)) return undefined;

  const [first, ...others] = parseAddresses(value, { flatten: true });
  if (first === undefined || others.length > 0 || !isMailAddress(first.address)) return undefined;

  const domain = domainToASCII(first.address.slice(first.address.lastIndexOf('@') + 1));
  return domain === '' ? undefined : { name: first.name, address: first.address, domain };
};
