/** @jsxRuntime automatic */
import { render } from '@react-email/render';
import type { MailDocument } from './document.ts';
import { Layout } from './layout.tsx';

/** The HTML rendering; the same document always gives the same string. */
export const renderHtml = (document: MailDocument): Promise<string> => render(<Layout document={document} />);
