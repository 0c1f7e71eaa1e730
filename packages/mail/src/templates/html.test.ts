import { describe, expect, it } from 'vitest';
import { html, markupOf } from './html.ts';

describe('html', () => {
  it.each([
    ['<b>Bob</b>', '&lt;b&gt;Bob&lt;/b&gt;'],
    ['Tom & Jerry', 'Tom &amp; Jerry'],
    ['&lt;', '&amp;lt;'],
    [`"O'Brien"`, '&quot;O&#x27;Brien&quot;'],
    ['</title><script>alert(1)</script>', '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['-->', '--&gt;'],
    ['first\n  second', 'first\n  second'],
    ['$& $1 \\u003c', '$&amp; $1 \\u003c'],
    ['Jürgen 山田 محمد', 'Jürgen 山田 محمد'],
  ])('makes text of %j, between tags and within a quoted attribute', (value, escaped) => {
    expect(markupOf(html`<p title="${value}">${value}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes what it has made itself as markup, one piece or several', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);

    expect(markupOf(html`<ul>${items}</ul>${html`<hr>`}${[]}`)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>',
    );
  });

  it('leaves out the line breaks and the indentation of its source', () => {
    expect(
      markupOf(html`
        <p>
          ${'one'} ${'two'}
        </p>`),
    ).toBe('<p>one two</p>');
  });
});
