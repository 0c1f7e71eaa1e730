/** The same connection string for another database. By hand, since URL refuses a list of hosts. */
export const withDatabase = (uri: string, database: string): string => {
  const [, scheme, hosts, before = '', query = ''] =
    /^(mongodb(?:\+srv)?:\/\/)([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(uri) ?? [];
  if (scheme === undefined || hosts === undefined) throw new Error('not a MongoDB connection string');

  const options = query === '' ? [] : [query];
  if (isOfPath({ scheme, hosts, query })) options.push(`authSource=${before || 'admin'}`);
  return `${scheme}${hosts}/${database}${options.length > 0 ? `?${options.join('&')}` : ''}`;
};

/**
 * Whether the path also says in which database the user is kept, so that another path would look elsewhere. Other
 * mechanisms have a place of their own, and with SRV it comes from the name server's TXT record.
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
