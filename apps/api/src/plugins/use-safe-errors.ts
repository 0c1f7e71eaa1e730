import { randomUUID } from 'node:crypto';
import { UnavailableError } from '@latchkey/password-reset';
import type { Logger } from '@latchkey/runtime';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ApiMetrics } from '../metrics.ts';
import { answerFor, type ErrorCode } from './answer-errors.ts';

/** As many errors does one answer show. */
export const MAX_ERRORS = 5;
// 400, or 200 where the client accepts application/json: what GraphQL over HTTP says of errors in the document.
const BY_SPEC = new Set<ErrorCode>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_LIMIT']);

/**
 * The one place where errors become answers. Every error is rebuilt from its code: graphql-js and Yoga quote documents and
 * variables, so none of their texts, paths (they hold aliases) or causes goes out. What is unexpected goes to the log once,
 * under the errorId that the client gets.
 * See docs/decisions/0023.
 */
export const useSafeErrors = ({ log, metrics }: { log: Logger; metrics: ApiMetrics }): Plugin => {
  const safe = (error: unknown): GraphQLError => {
    const code = codeOf(error);
    metrics.errors.inc({ code });
    const { status, message } = answerFor(code);
    const http = { status, ...(BY_SPEC.has(code) ? { spec: true } : {}) };

    if (code === 'INTERNAL_SERVER_ERROR') {
      const errorId = randomUUID();
      log.error({ errorId, err: causeOf(error) }, 'unexpected error');
      return new GraphQLError(message, { extensions: { code, errorId, http } });
    }
    return new GraphQLError(message, { extensions: { code, http }, ...placeOf(error) });
  };

  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || Symbol.asyncIterator in result) {
        // Neither batches nor streams are offered; should one appear, nothing of it goes out unseen.
        setResult({ errors: [safe(new Error('an answer that is no single result'))] });
        return;
      }
      if (result.errors === undefined || result.errors.length === 0) return;

      setResult({
        ...result,
        errors: result.errors.slice(0, MAX_ERRORS).map(safe),
      } satisfies ExecutionResult);
    },
  };
};

const codeOf = (error: unknown): ErrorCode => {
  const cause = causeOf(error);
  if (cause instanceof UnavailableError) return 'SERVICE_UNAVAILABLE';
  if (!(cause instanceof GraphQLError)) return 'INTERNAL_SERVER_ERROR';

  switch (cause.extensions['code']) {
    case 'OPERATION_LIMIT':
    case 'GRAPHQL_PARSE_FAILED':
    case 'GRAPHQL_VALIDATION_FAILED':
    case 'BAD_REQUEST':
      return cause.extensions['code'];
    case 'OPERATION_RESOLUTION_FAILURE':
      return 'BAD_REQUEST';
    default:
      // Our resolvers throw no GraphQLErrors, so this is graphql-js on a value that does not fit.
      return 'BAD_USER_INPUT';
  }
};

/** What a resolver threw, under the GraphQLErrors wrapped around it. */
const causeOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;

/** Line and column, which say where without saying what. */
const placeOf = (error: unknown) =>
  error instanceof GraphQLError && error.source && error.positions
    ? { source: error.source, positions: error.positions }
    : {};
