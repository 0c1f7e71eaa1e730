/** @jsxRuntime automatic */
import { Body } from '@react-email/body';
import { Button } from '@react-email/button';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Html } from '@react-email/html';
import { Link } from '@react-email/link';
import { Text } from '@react-email/text';
import type { Block, MailDocument } from './document.ts';
import { DARK, STYLE } from './style.ts';

const BlockView = ({ block }: { readonly block: Block }) => {
  switch (block.type) {
    case 'paragraph':
      return (
        <Text className="lk-text" style={STYLE.text}>
          {block.text}
        </Text>
      );
    case 'action':
      return (
        <>
          <Button href={block.url} style={STYLE.button}>
            {block.label}
          </Button>
          <Text className="lk-small" style={STYLE.small}>
            {block.hint}
            <br />
            <Link className="lk-link" href={block.url} style={STYLE.link}>
              {block.url}
            </Link>
          </Text>
        </>
      );
    case 'link':
      return (
        <Text className="lk-text" style={STYLE.text}>
          {block.text}
          {': '}
          <Link className="lk-link" href={block.url} style={STYLE.link}>
            {block.url}
          </Link>
        </Text>
      );
    case 'small':
      return (
        <Text className="lk-small" style={STYLE.small}>
          {block.text}
        </Text>
      );
  }
};

/** How every mail looks. Only text goes in, and React escapes it; no image, no remote resource, no tracking. */
export const Layout = ({ document }: { readonly document: MailDocument }) => (
  <Html lang={document.lang} dir={document.dir}>
    <Head>
      <title>{document.subject}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      <style>{DARK}</style>
    </Head>
    <Body className="lk-body" style={STYLE.body}>
      <div style={STYLE.preheader}>{document.preheader}</div>
      <Container className="lk-card" style={STYLE.card}>
        <Heading className="lk-heading" style={STYLE.heading}>
          {document.heading}
        </Heading>
        <Text className="lk-text" style={STYLE.text}>
          {document.greeting}
        </Text>
        {document.blocks.map((block) => (
          <BlockView
            key={`${block.type} ${block.type === 'action' ? block.label : block.text}`}
            block={block}
          />
        ))}
      </Container>
    </Body>
  </Html>
);
