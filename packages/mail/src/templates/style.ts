import { html } from './html.ts';

const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/**
 * The light colours are inline, because some mail programs remove the head. Contrast is at least 4.5:1 (WCAG 2.2 AA) in light
 * and dark.
 */
export const STYLE = {
  body: 'background-color:#f4f4f5;margin:0;padding:0',
  page: `background-color:#f4f4f5;font-family:${FONT};margin:0;padding:24px 12px`,
  /** Invisible in the mail; the inbox shows it beside the subject. */
  preheader: 'display:none;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden',
  card: 'background-color:#ffffff;border-radius:8px;max-width:37.5em;padding:32px',
  heading: 'color:#18181b;font-size:22px;line-height:28px;margin:0 0 16px',
  text: 'color:#27272a;font-size:16px;line-height:24px;margin:16px 0',
  small: 'color:#52525b;font-size:13px;line-height:20px;margin:16px 0',
  button:
    'background-color:#1d4ed8;border-radius:6px;color:#ffffff;display:inline-block;font-size:16px;font-weight:600;line-height:100%;max-width:100%;mso-padding-alt:0px;padding:14px 24px;text-decoration:none',
  buttonLabel:
    'display:inline-block;line-height:120%;max-width:100%;mso-padding-alt:0px;mso-text-raise:10.5px',
  link: 'color:#1d4ed8;text-decoration:underline;word-break:break-all',
} as const;

/** Colours for mail programs that follow the system's dark mode. `!important` is needed to replace inline styles. */
export const DARK = html`
  :root{color-scheme:light dark;supported-color-schemes:light dark}
  @media (prefers-color-scheme:dark){
  .lk-body,.lk-body>table>tbody>tr>td{background-color:#18181b!important}
  .lk-card{background-color:#27272a!important}
  .lk-heading,.lk-text{color:#fafafa!important}
  .lk-small{color:#d4d4d8!important}
  .lk-link{color:#93c5fd!important}
  }`;
