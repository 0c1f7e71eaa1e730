/** Whether a host name or address belongs to this machine alone. IPv6 addresses may have brackets. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
