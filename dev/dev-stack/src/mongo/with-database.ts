/** The same connection string for another database. It does not use `URL`, which refuses a list of hosts. */
export const withDatabase = (uri: string, database: string): string => {
  const [, scheme, hosts, before = '', query = ''] =
    /^(mongodb(?:\+srv)?:\/\/)([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [];
  if (scheme === undefined || hosts === undefined) throw new Error('not a MongoDB connection string');

  const options = query === '' ? [] : [query];
  if (isOfPath({ scheme, hosts, query })) options.push(`authSource=${before || 'admin'}`);
  return `${scheme}${hosts}/${database}${options.length > 0 ? `?${options.join('&')}` : ''}`;
};

/**
 * Whether the path also names the database that holds the user. Then a change of the path would also change where the user is
 * looked up. Other authentication mechanisms have a fixed database, and with SRV the TXT record of the name server names it.
 */
const isOfPath = ({ scheme, hosts, query }: { scheme: string; hosts: string; query: string }): boolean => {
  const [, mechanism = 'SCRAM'] = /(?:^|&)authMechanism=([^&]*)/i.exec(query) ?? [];
  return (
    scheme === 'mongodb://' &&
    hosts.includes('@') &&
    mechanism.startsWith('SCRAM') &&
    !/(?:^|&)authSource=/i.test(query)
  );
};
