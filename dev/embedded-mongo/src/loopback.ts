import { isIPv4 } from 'node:net';

/** Returns the host if only this machine can reach it. Throws otherwise, because the stand-in has no access control. */
export const requireLoopback = (host: string): string => {
  const loopback = host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
  if (loopback) return host;

  throw new Error(
    `embedded-mongo listens on loopback only (127.0.0.1, ::1, localhost), not on "${host}": ` +
      'it is for development and tests and has no access control',
  );
};
