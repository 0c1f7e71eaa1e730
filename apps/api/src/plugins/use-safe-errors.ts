import { randomUUID } from 'node:crypto';
import { UnavailableError } from '@latchkey/password-reset';
import type { Logger } from '@latchkey/runtime';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ApiMetrics } from '../metrics.ts';
import { answerFor, type ErrorCode } from './answer-errors.ts';

/** Highest number of errors in one answer. */
export const MAX_ERRORS = 5;
// GraphQL over HTTP defines the status of errors in the document: 400, or 200 if the client accepts application/json.
const BY_SPEC = new Set<ErrorCode>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_LIMIT']);

/**
 * The only place where errors become answers. Every error is rebuilt from its code. graphql-js and Yoga quote documents and
 * variables, so their texts, paths (which contain aliases) and causes never reach the client. An unexpected error is logged
 * once, with the errorId that the client gets.
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
        // The API offers neither batches nor streams. If one appeared, none of its content would reach the client unchecked.
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
      // The resolvers of this schema throw no GraphQLError, so graphql-js threw it because of a value of the wrong type.
      return 'BAD_USER_INPUT';
  }
};

/** The error that a resolver threw, without the GraphQLErrors wrapped around it. */
const causeOf = (error: unknown): unknown =>
  error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;

/** Line and column of the error. They show the place but none of the content. */
const placeOf = (error: unknown) =>
  error instanceof GraphQLError && error.source && error.positions
    ? { source: error.source, positions: error.positions }
    : {};
