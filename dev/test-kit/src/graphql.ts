export {
  type Answer,
  BARE_REQUEST,
  CHECK,
  type Client,
  createClient,
  type Member,
  REQUEST,
  RESET,
  requestBody,
  resetBody,
} from '@latchkey/dev-stack/graphql';
