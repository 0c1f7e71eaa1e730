import type { Block, MailDocument } from './document.ts';

const blockText = (block: Block): string => {
  switch (block.type) {
    case 'paragraph':
      return block.text;
    case 'action':
      return `${block.label}:\n${block.url}`;
    case 'link':
      return `${block.text}:\n${block.url}`;
    case 'small':
      return `-- \n${block.text}`;
  }
};

/**
 * The plain text form of a mail. Lines are not wrapped, because a link must stay on one line and mail programs wrap the other
 * lines themselves.
 */
export const renderText = ({ heading, greeting, blocks }: MailDocument): string =>
  `${[heading, greeting, ...blocks.map(blockText)].join('\n\n')}\n`;
