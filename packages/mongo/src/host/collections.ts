import type { Connection, mongo } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';

/** A document of the host, about which nothing is known but that it has an `_id`. */
export interface HostDocument {
  _id: StoredUserId;
  [field: string]: unknown;
}

/** One of the host's collections, through the raw driver. */
export const hostCollection = (connection: Connection, name: string): mongo.Collection<HostDocument> =>
  connection.getClient().db(connection.name).collection<HostDocument>(name);
