import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, TokenKind, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { knownOperationRule, operationLimitsRule } from './operation-limits.ts';
import { MAX_ERRORS } from './use-safe-errors.ts';

/** An operation that asks for everything has some 100 tokens, the usual introspection query 186 at most. */
const MAX_TOKENS = 200;
/** Validation compares every two fields of one name; the introspection query has its commonest name 15 times. */
const MAX_REPEATS = 32;

/**
 * Bounds what one request can make the server do, once per document (Yoga caches both results). In production the schema
 * cannot be asked for.
 * See docs/decisions/0024.
 */
export const useOperationLimits = ({ introspection }: { introspection: boolean }): Plugin => ({
  onParse({ setParseFn }) {
    setParseFn(parseLimited);
  },
  onValidate({ addValidationRule, setValidationFn }) {
    addValidationRule(knownOperationRule);
    addValidationRule(operationLimitsRule);
    if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
    setValidationFn(validateLimited);
  },
});

const parseLimited: typeof parse = (source, options) => {
  const document = parseFew(source, options);

  const repeats = new Map<string, number>();
  for (let token = document.loc?.startToken.next; token; token = token.next) {
    if (token.kind !== TokenKind.NAME) continue;
    const count = (repeats.get(token.value) ?? 0) + 1;
    if (count > MAX_REPEATS) throw tooMuch();
    repeats.set(token.value, count);
  }
  return document;
};

const parseFew: typeof parse = (source, options) => {
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS });
  } catch (error) {
    // graphql-js has no code for it.
    if (error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted')) throw tooMuch();
    throw error;
  }
};

/** Stops at as many errors as an answer shows, and looks for no similar names: no answer would repeat them. */
const validateLimited: typeof validate = (schema, document, rules, options, typeInfo) =>
  validate(schema, document, rules, { ...options, maxErrors: MAX_ERRORS, hideSuggestions: true }, typeInfo);

const tooMuch = () => new GraphQLError('too much', { extensions: { code: 'OPERATION_LIMIT' } });
