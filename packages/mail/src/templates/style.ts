import type { CSSProperties } from 'react';

const FONT = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** Light colours inline, because some mail programs drop the head; contrast is at least 4.5:1 (WCAG 2.2 AA) in both. */
export const STYLE = {
  body: { backgroundColor: '#f4f4f5', fontFamily: FONT, margin: 0, padding: '24px 12px' },
  /** Unseen in the mail itself; the inbox shows it beside the subject. */
  preheader: {
    display: 'none',
    lineHeight: '1px',
    maxHeight: 0,
    maxWidth: 0,
    opacity: 0,
    overflow: 'hidden',
  },
  card: { backgroundColor: '#ffffff', borderRadius: '8px', padding: '32px' },
  heading: { color: '#18181b', fontSize: '22px', lineHeight: '28px', margin: '0 0 16px' },
  text: { color: '#27272a', fontSize: '16px', lineHeight: '24px' },
  small: { color: '#52525b', fontSize: '13px', lineHeight: '20px' },
  button: {
    backgroundColor: '#1d4ed8',
    borderRadius: '6px',
    color: '#ffffff',
    fontSize: '16px',
    fontWeight: 600,
    padding: '14px 24px',
    textDecoration: 'none',
  },
  link: { color: '#1d4ed8', textDecoration: 'underline', wordBreak: 'break-all' },
} as const satisfies Record<string, CSSProperties>;

/** Where a mail program follows the system's dark mode; `!important`, because it has to win over inline styles. */
export const DARK = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.lk-body,.lk-body>table>tbody>tr>td{background-color:#18181b!important}
.lk-card{background-color:#27272a!important}
.lk-heading,.lk-text{color:#fafafa!important}
.lk-small{color:#d4d4d8!important}
.lk-link{color:#93c5fd!important}
}`;
