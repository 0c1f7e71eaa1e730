import type { Schema } from 'mongoose';
import { withoutNulls } from './nulls.ts';
import { decodeUserId, encodeUserId, type StoredUserId } from './user-id.ts';

type Nullable<Row> = { [K in keyof Row]: null extends Row[K] ? K : never }[keyof Row];
type UserField<Row> = Extract<keyof Row, 'userId'>;

/**
 * A row of the core in its stored form: its id is `_id`, null fields are left out, and a user's id has the host application's
 * own type.
 */
export type StoredRow<Row, Id extends keyof Row> = { _id: string } & {
  -readonly [K in Exclude<keyof Row, Id | Nullable<Row> | UserField<Row>>]: Row[K];
} & { -readonly [K in Exclude<Nullable<Row>, Id | UserField<Row>>]?: NonNullable<Row[K]> } & (Row extends {
    readonly userId: string;
  }
    ? { userId: StoredUserId }
    : { userId?: StoredUserId });

/** Readers for fields whose stored form differs from the core's form. */
type Readers<Row, Doc> = { readonly [K in keyof Row & keyof Doc]?: (stored: Doc[K]) => Row[K] };

/**
 * Converts rows of the core to documents and back, by the fields of the schema. An optional path that is missing in the
 * document becomes null in the row. So a field is named only in the core's type and in the schema, not again in this package.
 */
export const createRowCodec = <
  Row extends object,
  Id extends keyof Row & string,
  Doc extends { _id: string },
>({
  schema,
  id,
  readers = {},
  omit = [],
}: {
  readonly schema: Schema<Doc>;
  readonly id: Id;
  readonly readers?: Readers<Row, Doc>;
  /** Fields that are stored but that the core does not use. */
  readonly omit?: readonly string[];
}) => {
  const paths = Object.keys(schema.paths).filter((path) => path !== '_id' && !omit.includes(path));
  const read: Readonly<Record<string, ((stored: never) => unknown) | undefined>> = {
    userId: (stored: StoredUserId) => (stored === undefined ? null : encodeUserId(stored)),
    ...readers,
  };

  return {
    toRow: (doc: Doc): Row => {
      const stored: Readonly<Record<string, unknown>> = { ...doc };
      const fields = paths.map((path) => {
        const value = stored[path];
        return [path, read[path] ? read[path](value as never) : (value ?? null)];
      });
      return { [id]: doc._id, ...Object.fromEntries(fields) } as Row;
    },
    /** Converts only the fields that are given. */
    toStored: <Given extends object>(given: Given): Partial<Doc> => {
      const { [id]: _id, userId, ...rest } = given as Readonly<Record<string, unknown>>;
      return {
        ...(_id === undefined ? {} : { _id }),
        ...(typeof userId === 'string' ? { userId: decodeUserId(userId) } : {}),
        ...withoutNulls(rest),
      } as unknown as Partial<Doc>;
    },
  };
};
