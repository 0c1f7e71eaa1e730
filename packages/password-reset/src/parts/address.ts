/** RFC 5321 4.5.3.1: 64 octets before the @, and 254 for a whole address that SMTP can carry. */
const MAX_LOCAL_BYTES = 64;
const MAX_ADDRESS_BYTES = 254;

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this pattern is there to find.
const FORBIDDEN = /[\s\u0000-\u001f\u007f-\u009f<>()[\]\\,;:"\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;
const DOMAIN_LABEL = /^(?!-)[\p{L}\p{N}\p{M}_-]{1,63}(?<!-)$/u;

/**
 * The typed address, trimmed; undefined when no mail can be sent to it. Only the text is read, so the answer cannot depend on any
 * account. Quoted local parts and address literals are refused, because no sign-up form accepts them.
 */
export const parseAddress = (typed: string): string | undefined => {
  if (typed.length > 4 * MAX_ADDRESS_BYTES) return undefined;
  const address = typed.trim();
  if (!address.isWellFormed() || FORBIDDEN.test(address) || bytes(address) > MAX_ADDRESS_BYTES)
    return undefined;

  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const labels = address.slice(at + 1).split('.');
  if (at < 1 || local.includes('@') || bytes(local) > MAX_LOCAL_BYTES) return undefined;
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return undefined;

  return labels.every((label) => DOMAIN_LABEL.test(label)) ? address : undefined;
};

/**
 * Lower-cases A to Z only. Unicode lower-casing would turn the Kelvin sign into k, so that one mailbox could pass for another.
 */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/**
 * The exact forms under which an account may be stored, each once, the nearest to the typed address first (this is also their
 * byte order): as typed; with the domain ASCII-lower-cased, because only the local part distinguishes mailboxes by case (RFC 5321
 * 2.4); all of it ASCII-lower-cased. Never a pattern, never Unicode case folding, never normalisation.
 */
export const lookupForms = (address: string): readonly string[] => {
  const at = address.lastIndexOf('@');
  const lowerDomain = address.slice(0, at) + asciiLowerCase(address.slice(at));
  return [...new Set([address, lowerDomain, asciiLowerCase(address)])];
};

/**
 * The form of an address that the account limit counts by. It is coarser than {@link lookupForms}, so that two spellings that
 * reach the same account share one budget. NFKC is applied twice, because a few letters (J with a caron) have a composed form in
 * lower case only.
 */
export const limiterForm = (address: string): string =>
  address.normalize('NFKC').toLowerCase().normalize('NFKC');

/** `b***@e***.com`: enough for the owner to recognise the address, too little for other readers to write to it. */
export const maskAddress = (address: string): string => {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  const first = (text: string): string => [...text][0] ?? '';
  return `${first(address.slice(0, at))}***@${first(domain)}***${dot > 0 ? domain.slice(dot) : ''}`;
};
