import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Db } from 'mongodb';
import { openSession, userOfSession } from './sessions.ts';
import { logIn } from './users.ts';

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

/** Any application that has users: `POST /login {email, password}` gives a token, `GET /me` asks for it. */
export const createHostApp = (db: Db): RequestListener => {
  const login = async (request: IncomingMessage, response: ServerResponse) => {
    const credentials = await readCredentials(request);
    if (credentials === undefined) return answer(response, 400, { error: 'BAD_REQUEST' });

    const user = await logIn(db, credentials.email, credentials.password);
    if (user === null) return answer(response, 401, { error: 'WRONG_EMAIL_OR_PASSWORD' });

    answer(response, 200, { token: await openSession(db, user._id) });
  };

  const me = async (request: IncomingMessage, response: ServerResponse) => {
    const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const user = token === undefined ? null : await userOfSession(db, token);
    if (user === null) return answer(response, 401, { error: 'NOT_LOGGED_IN' });

    answer(response, 200, { email: user.email, name: user.name });
  };

  const routes = new Map([
    ['POST /login', login],
    ['GET /me', me],
  ]);
  return (request, response) => {
    const route = routes.get(`${request.method} ${request.url}`);
    if (route === undefined) return answer(response, 404, { error: 'NOT_FOUND' });
    route(request, response).catch(() => answer(response, 500, { error: 'INTERNAL_SERVER_ERROR' }));
  };
};
