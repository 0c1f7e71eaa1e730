export { type Answer, type Client, createClient, type Member } from './client.ts';
export { BARE_REQUEST, CHECK, POLICY, REQUEST, RESET, requestBody, resetBody } from './operations.ts';
