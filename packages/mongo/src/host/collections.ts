import type { Connection, mongo } from 'mongoose';
import type { StoredUserId } from '../user-id.ts';

/**
 * Where the host application keeps its users and sessions. Fields may be dotted paths through sub-documents, such as
 * `profile.email`; a path that leads through an array finds nobody.
 */
export interface HostCollections {
  readonly users: {
    readonly collection: string;
    readonly emailField: string;
    readonly passwordField: string;
    /** Missing or truthy is active; `!field` inverts; null: everybody is active. */
    readonly activeField: string | null;
    readonly localeField: string | null;
    readonly nameField: string | null;
    /** Written at every reset, as a Date. */
    readonly credentialsChangedAtField: string;
  };
  /** null: the host keeps no sessions in this database. */
  readonly sessions: { readonly collection: string; readonly userField: string } | null;
}

/** A document of the host, about which nothing is known but that it has an `_id`. */
export interface HostDocument {
  _id: StoredUserId;
  [field: string]: unknown;
}

/** One of the host's collections, through the raw driver. */
export const hostCollection = (connection: Connection, name: string): mongo.Collection<HostDocument> =>
  connection.getClient().db(connection.name).collection<HostDocument>(name);
