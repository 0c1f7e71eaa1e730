import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Db } from 'mongodb';
import { createSessions } from './sessions.ts';
import { createTokens } from './tokens.ts';
import { logIn, type StoredUser } from './users.ts';

const MAX_BODY_BYTES = 10_000;

const readCredentials = async (request: IncomingMessage) => {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    const { email, password } = JSON.parse(body);
    return typeof email === 'string' && typeof password === 'string' ? { email, password } : undefined;
  } catch {
    return undefined;
  }
};

const answer = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
};

/**
 * An example of an application with users. `POST /login {email, password}` opens a session and `POST /token` signs a JWT. Both
 * answer a token, and `GET /me` accepts either token.
 */
export const createHostApp = (db: Db, jwtKey: Uint8Array = randomBytes(32)): RequestListener => {
  const sessions = createSessions(db);
  const tokens = createTokens(db, jwtKey);

  const login =
    (open: (user: StoredUser) => Promise<string | null>) =>
    async (request: IncomingMessage, response: ServerResponse) => {
      const credentials = await readCredentials(request);
      if (credentials === undefined) return answer(response, 400, { error: 'BAD_REQUEST' });

      const user = await logIn(db, credentials.email, credentials.password);
      const token = user && (await open(user));
      if (token === null) return answer(response, 401, { error: 'WRONG_EMAIL_OR_PASSWORD' });

      answer(response, 200, { token });
    };

  const me = async (request: IncomingMessage, response: ServerResponse) => {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const user = await (token.includes('.') ? tokens : sessions).userOf(token);
    if (user === null) return answer(response, 401, { error: 'NOT_LOGGED_IN' });

    answer(response, 200, { email: user.email, name: user.name });
  };

  const routes = new Map([
    ['POST /login', login(sessions.open)],
    ['POST /token', login(tokens.sign)],
    ['GET /me', me],
  ]);
  return (request, response) => {
    const route = routes.get(`${request.method} ${request.url}`);
    if (route === undefined) return answer(response, 404, { error: 'NOT_FOUND' });
    route(request, response).catch(() => answer(response, 500, { error: 'INTERNAL_SERVER_ERROR' }));
  };
};
