import type { Block, MailDocument } from './document.ts';
import { type Html, html, markupOf } from './html.ts';
import { DARK, STYLE } from './style.ts';

const WEB = ['https:', 'http:'];

/** Whether the address may become a link. Any other kind, such as `javascript:`, is only shown as text. */
const isWebAddress = (url: string): boolean => URL.canParse(url) && WEB.includes(new URL(url).protocol);

const link = (url: string): Html =>
  isWebAddress(url)
    ? html`<a class="lk-link" href="${url}" style="${STYLE.link}" target="_blank">${url}</a>`
    : html`${url}`;

/** Outlook draws no padding around a link. In its place stand spaces of four times the width, which only Outlook displays. */
const button = (label: string, url: string): Html => html`
  <a href="${url}" style="${STYLE.button}" target="_blank">
    <!--[if mso]><i style="mso-font-width:400%;mso-text-raise:21" hidden>&#8202;&#8202;&#8202;</i><![endif]-->
    <span style="${STYLE.buttonLabel}">${label}</span>
    <!--[if mso]><i style="mso-font-width:400%" hidden>&#8202;&#8202;&#8202;&#8203;</i><![endif]-->
  </a>`;

const renderBlock = (block: Block): Html => {
  switch (block.type) {
    case 'paragraph':
      return html`<p class="lk-text" style="${STYLE.text}">${block.text}</p>`;
    case 'action':
      return html`
        ${isWebAddress(block.url) ? button(block.label, block.url) : []}
        <p class="lk-small" style="${STYLE.small}">${block.hint}<br>${link(block.url)}</p>`;
    case 'link':
      return html`<p class="lk-text" style="${STYLE.text}">${block.text}: ${link(block.url)}</p>`;
    case 'small':
      return html`<p class="lk-small" style="${STYLE.small}">${block.text}</p>`;
  }
};

/** Attributes of a table for layout only. */
const TABLE = html`align="center" width="100%" border="0" cellpadding="0" cellspacing="0" role="presentation"`;

/**
 * The HTML form of a mail; the same document always gives the same string. The layout uses two tables, because mail programs
 * support these. It has no image, no remote resource and no tracking.
 */
export const renderHtml = (document: MailDocument): string =>
  markupOf(html`
    <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
    <html dir="${document.dir}" lang="${document.lang}">
      <head>
        <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="x-apple-disable-message-reformatting">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>${document.subject}</title>
        <style>${DARK}</style>
      </head>
      <body class="lk-body" style="${STYLE.body}">
        <table ${TABLE}><tbody><tr>
          <td style="${STYLE.page}">
            <div style="${STYLE.preheader}">${document.preheader}</div>
            <table class="lk-card" ${TABLE} style="${STYLE.card}"><tbody><tr>
              <td>
                <h1 class="lk-heading" style="${STYLE.heading}">${document.heading}</h1>
                <p class="lk-text" style="${STYLE.text}">${document.greeting}</p>
                ${document.blocks.map(renderBlock)}
              </td>
            </tr></tbody></table>
          </td>
        </tr></tbody></table>
      </body>
    </html>`);
