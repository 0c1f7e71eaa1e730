const MARKUP = Symbol('markup');

/** A piece of HTML. Only {@link html} makes one, so everything in it that was a string has been escaped. */
export interface Html {
  readonly [MARKUP]: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

/** Safe between two tags and within a quoted attribute; nowhere else is a value put in. */
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

type Value = string | Html | readonly Html[];

const markupOfValue = (value: Value): string => {
  if (typeof value === 'string') return escapeHtml(value);
  return MARKUP in value ? value[MARKUP] : value.map(markupOf).join('');
};

/**
 * HTML from a template: what the template itself says is markup, every string that is put in is text. Line breaks and the
 * indentation after them belong to the source and are left out.
 */
export const html = (template: TemplateStringsArray, ...values: readonly Value[]): Html => {
  const [first = '', ...rest] = template.map((part) => part.replace(/\n\s*/g, ''));
  const markup = rest.map((part, index) => `${markupOfValue(values[index] ?? '')}${part}`);

  return { [MARKUP]: first + markup.join('') };
};

export const markupOf = (piece: Html): string => piece[MARKUP];
