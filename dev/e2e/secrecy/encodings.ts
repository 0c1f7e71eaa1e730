/** The encodings in which a value can occur, in the middle of other text. */
export const ENCODINGS = [
  'plain',
  'json',
  'base64',
  'base64url',
  'hex',
  'percent',
  'quoted-printable',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** One encoding of a value and the resulting text. */
export interface Written {
  readonly encoding: Encoding;
  readonly variant: string;
  readonly text: string;
}

/** Every form in which the search must find `value`. All encoded forms are ASCII, so that every store keeps them unchanged. */
export const writeEveryWay = (value: string): readonly Written[] => [
  { encoding: 'plain', variant: 'amid text', text: `seen ${value} here` },
  { encoding: 'json', variant: 'escaped', text: JSON.stringify({ seen: `"${value}"` }) },
  { encoding: 'json', variant: 'as code units', text: `"${asCodeUnits(value)}"` },
  ...(['base64', 'base64url'] as const).flatMap((encoding) =>
    ['', 'x', 'xy'].map((before) => ({
      encoding,
      variant: `${before.length} bytes before`,
      text: Buffer.from(`${before}${value}tail`).toString(encoding),
    })),
  ),
  { encoding: 'base64', variant: 'folded', text: fold(Buffer.from(`x${value}tail`).toString('base64'), 13) },
  { encoding: 'hex', variant: 'lower case', text: Buffer.from(`(${value})`).toString('hex') },
  { encoding: 'hex', variant: 'upper case', text: Buffer.from(`(${value})`).toString('hex').toUpperCase() },
  { encoding: 'percent', variant: 'where needed', text: `?a=${encodeURIComponent(value)}&b` },
  { encoding: 'percent', variant: 'everywhere', text: `?a=${escapeBytes(value, '%')}&b` },
  { encoding: 'percent', variant: 'lower case', text: `?a=${escapeBytes(value, '%').toLowerCase()}&b` },
  { encoding: 'quoted-printable', variant: 'where needed', text: quotedPrintable(`see ${value}.`) },
  { encoding: 'quoted-printable', variant: 'everywhere', text: escapeBytes(value, '=') },
];

const asCodeUnits = (value: string): string =>
  Array.from(
    { length: value.length },
    (_, at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

const escapeBytes = (value: string, mark: string): string =>
  Array.from(Buffer.from(value), (byte) => `${mark}${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(
    '',
  );

const fold = (text: string, width: number): string =>
  (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\r\n');

/** Quoted-printable (RFC 2045) with lines that are shorter than the value, so that the value is always broken. */
const quotedPrintable = (value: string): string => {
  const safe = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x3d;
  const atoms = Array.from(Buffer.from(value), (byte) =>
    safe(byte) ? String.fromCharCode(byte) : `=${byte.toString(16).padStart(2, '0').toUpperCase()}`,
  );
  let [text, width] = ['', 0];
  for (const atom of atoms) {
    if (width + atom.length > 15) {
      text += '=\r\n';
      width = 0;
    }
    text += atom;
    width += atom.length;
  }
  return text;
};
