import type { Connection, mongo } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';

/** A document of the host application. Only `_id` is known to exist. */
export interface HostDocument {
  _id: StoredUserId;
  [field: string]: unknown;
}

/** A collection of the host application, through the raw driver. */
export const hostCollection = (connection: Connection, name: string): mongo.Collection<HostDocument> =>
  connection.getClient().db(connection.name).collection<HostDocument>(name);
