const MARKUP = Symbol('markup');

/** A piece of HTML. Only {@link html} makes one, so every string in it has been escaped. */
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

/** Escapes a text for a place between two tags or within a quoted attribute. Templates use values only in these places. */
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);

type Value = string | Html | readonly Html[];

const markupOfValue = (value: Value): string => {
  if (typeof value === 'string') return escapeHtml(value);
  return MARKUP in value ? value[MARKUP] : value.map(markupOf).join('');
};

/**
 * Makes HTML from a template: the template is markup, every inserted string is text. Line breaks and the indentation after them
 * are removed, because they only format the source.
 */
export const html = (template: TemplateStringsArray, ...values: readonly Value[]): Html => {
  const [first = '', ...rest] = template.map((part) => part.replace(/\n\s*/g, ''));
  const markup = rest.map((part, index) => `${markupOfValue(values[index] ?? '')}${part}`);

  return { [MARKUP]: first + markup.join('') };
};

export const markupOf = (piece: Html): string => piece[MARKUP];
