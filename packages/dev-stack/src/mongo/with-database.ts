/** The same connection string for another database. By hand, since URL refuses a list of hosts. */
export const withDatabase = (uri: string, database: string): string => {
  const [, hosts, query] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  if (hosts === undefined) throw new Error('not a MongoDB connection string');
  return `${hosts}/${database}${query ?? ''}`;
};
