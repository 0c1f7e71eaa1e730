import type { Repositories } from '@latchkey/password-reset';
import type { HostCollections } from '@latchkey/settings';
import type { Connection } from 'mongoose';
import type { Bytewise } from '../host/bytewise.ts';
import { hostCollection } from '../host/collections.ts';
import { modelsOf } from '../models.ts';
import type { Run } from '../operation.ts';
import { createAccountLocks } from './account-locks.ts';
import { createAuditTrail } from './audit.ts';
import { createDeliveries } from './deliveries.ts';
import { createRequests } from './requests.ts';
import { createSessions } from './sessions.ts';
import { createTokens } from './tokens.ts';
import { createUsers } from './users.ts';

/** All repositories. Their calls belong to the transaction of `run`, or to none. */
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
    accountLocks: createAccountLocks({ model: models.accounts, run }),
    audit: createAuditTrail({ model: models.audit, run }),
  };
};
