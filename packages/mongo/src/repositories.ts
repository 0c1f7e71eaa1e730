import type { Repositories } from '@latchkey/password-reset';
import type { Connection, mongo } from 'mongoose';
import type { Bytewise } from './host/bytewise.ts';
import type { HostCollections, HostDocument } from './host/collections.ts';
import { modelsOf } from './models.ts';
import type { Run } from './operation.ts';
import { createAuditTrail } from './repositories/audit.ts';
import { createDeliveries } from './repositories/deliveries.ts';
import { createGuards } from './repositories/guards.ts';
import { createRequests } from './repositories/requests.ts';
import { createSessions } from './repositories/sessions.ts';
import { createTokens } from './repositories/tokens.ts';
import { createUsers } from './repositories/users.ts';

/** One of the host's collections, through the raw driver. */
export const hostCollection = (connection: Connection, name: string): mongo.Collection<HostDocument> =>
  connection.getClient().db(connection.name).collection<HostDocument>(name);

/** Every repository, bound to what `run` binds them to: a transaction, or nothing. */
export const createRepositories = ({
  connection,
  host,
  run,
  bytewise,
}: {
  connection: Connection;
  host: HostCollections;
  run: Run;
  bytewise: Bytewise;
}): Repositories => {
  const models = modelsOf(connection);
  const users = hostCollection(connection, host.users.collection);
  const sessions = host.sessions && hostCollection(connection, host.sessions.collection);

  return {
    requests: createRequests({ model: models.requests, run }),
    tokens: createTokens({ model: models.tokens, run }),
    deliveries: createDeliveries({ model: models.deliveries, run }),
    users: createUsers({ collection: users, fields: host.users, run, bytewise }),
    sessions: createSessions({ collection: sessions, fields: host.sessions, run, bytewise }),
    guards: createGuards({ model: models.accounts, run }),
    audit: createAuditTrail({ model: models.audit, run }),
  };
};
