import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, TokenKind, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { knownOperationRule, operationLimitsRule } from './operation-limits.ts';
import { MAX_ERRORS } from './use-safe-errors.ts';

/** An operation that selects every field has about 100 tokens; the usual introspection query has at most 186. */
const MAX_TOKENS = 200;
/** Validation compares each pair of fields with the same name. The introspection query repeats a name at most 15 times. */
const MAX_REPEATS = 32;

/**
 * Limits the work that one request can cause. It runs once per document, because Yoga caches the results of parsing and
 * validation. In production it also refuses introspection.
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
    // graphql-js gives this error no code, so its message is compared.
    if (error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted')) throw tooMuch();
    throw error;
  }
};

/** Stops at the number of errors that an answer shows. It suggests no similar names, because no answer contains them. */
const validateLimited: typeof validate = (schema, document, rules, options, typeInfo) =>
  validate(schema, document, rules, { ...options, maxErrors: MAX_ERRORS, hideSuggestions: true }, typeInfo);

const tooMuch = () => new GraphQLError('too much', { extensions: { code: 'OPERATION_LIMIT' } });
