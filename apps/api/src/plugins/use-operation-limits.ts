import { GraphQLError, NoSchemaIntrospectionCustomRule, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { knownOperationRule, operationLimitsRule } from './operation-limits.ts';

/** An operation that asks for everything has some 100 tokens, the usual introspection query 185. */
const MAX_TOKENS = 400;

/**
 * Bounds what one request can make the server do, once per document (Yoga caches both results). In production the schema
 * cannot be asked for.
 */
export const useOperationLimits = ({ introspection }: { introspection: boolean }): Plugin => ({
  onParse({ setParseFn }) {
    setParseFn(parseLimited);
  },
  onValidate({ addValidationRule }) {
    addValidationRule(knownOperationRule);
    addValidationRule(operationLimitsRule);
    if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
  },
});

const parseLimited: typeof parse = (source, options) => {
  try {
    return parse(source, { ...options, maxTokens: MAX_TOKENS });
  } catch (error) {
    // graphql-js has no code for it.
    if (error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted')) {
      throw new GraphQLError('too many tokens', { extensions: { code: 'OPERATION_LIMIT' } });
    }
    throw error;
  }
};
