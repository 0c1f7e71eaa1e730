import { asciiLowerCase, parseAddress } from '@latchkey/password-reset';

/**
 * Whether the owner of a stored address can ask for a link.
 * `anyCase`: yes, with any capitals.
 * `asStored`: only with the same capitals as stored.
 * `unreachable`: with no typed address.
 * `missing`: no address is stored.
 */
export type AddressReach = 'anyCase' | 'asStored' | 'unreachable' | 'missing';

/** The reach of a stored value of any type from the request form. */
export const addressReach = (stored: unknown): AddressReach => {
  if (stored === undefined || stored === null || stored === '') return 'missing';
  if (typeof stored !== 'string' || parseAddress(stored) !== stored) return 'unreachable';
  return asciiLowerCase(stored) === stored ? 'anyCase' : 'asStored';
};
