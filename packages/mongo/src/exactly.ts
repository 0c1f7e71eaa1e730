/**
 * A filter value that is only ever compared. Without `$eq`, an object from outside such as `{"$gt": ""}` would work as an
 * operator and match any value.
 */
export const exactly = <T>(value: T): { $eq: T } => ({ $eq: value });

/** The same for text. @throws TypeError for any other type, which is an error of the caller and must not reach the database. */
export const exactText = (value: string): { $eq: string } => {
  if (typeof value !== 'string') throw new TypeError('expected a string to look up by');
  return { $eq: value };
};
