import { createHmac, timingSafeEqual } from 'node:crypto';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });
const signatureOf = (key: Uint8Array, signed: string): Buffer =>
  createHmac('sha256', key).update(signed).digest();

/** Signs a JWT (RFC 7519) with HS256. It has only what a demonstration needs. */
export const signJwt = (key: Uint8Array, payload: object): string => {
  const signed = `${HEADER}.${encode(payload)}`;
  return `${signed}.${signatureOf(key, signed).toString('base64url')}`;
};

/** Returns the payload of a JWT that `signJwt` made with this key; null for anything else. */
export const readJwt = <P extends object>(key: Uint8Array, jwt: string): P | null => {
  const [header, payload = '', signature = ''] = jwt.split('.');
  const given = Buffer.from(signature, 'base64url');
  const right = signatureOf(key, `${header}.${payload}`);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
};
