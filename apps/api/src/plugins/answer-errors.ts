/** All errors of an operation except those that users cause. The texts are fixed, so none repeats a part of the body. */
const ERRORS = {
  BAD_REQUEST: {
    status: 400,
    message: 'The body must be one JSON object with query, variables and operationName.',
  },
  GRAPHQL_PARSE_FAILED: { status: 400, message: 'The document could not be parsed.' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, message: 'The operation does not fit the schema.' },
  OPERATION_LIMIT: {
    status: 400,
    message: 'The operation is too large: one root field, limited depth and number of tokens.',
  },
  BAD_USER_INPUT: { status: 400, message: 'A variable or argument has a value of the wrong type.' },
  SERVICE_UNAVAILABLE: { status: 503, message: 'The service cannot do this right now. Try again shortly.' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Something unexpected went wrong.' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export const answerFor = (code: ErrorCode): { readonly status: number; readonly message: string } =>
  ERRORS[code];
