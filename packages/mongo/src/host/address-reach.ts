import { asciiLowerCase, parseAddress } from '@latchkey/password-reset';

/**
 * Whether the owner of a stored address can ask for a link. `anyCase`: however the letters are typed. `asStored`: only when
 * typed with the capitals that the host kept. `unreachable`: no typed form leads there. `missing`: there is none.
 */
export type AddressReach = 'anyCase' | 'asStored' | 'unreachable' | 'missing';

/** How far a stored value of any type can be reached from the request form. */
export const addressReach = (stored: unknown): AddressReach => {
  if (stored === undefined || stored === null || stored === '') return 'missing';
  if (typeof stored !== 'string' || parseAddress(stored) !== stored) return 'unreachable';
  return asciiLowerCase(stored) === stored ? 'anyCase' : 'asStored';
};
