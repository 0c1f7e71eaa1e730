/**
 * A filter value that can only ever be compared with. Without `$eq` an object that slips through from outside, such as
 * `{"$gt": ""}`, would be read as an operator and match anything.
 */
export const exactly = <T>(value: T): { $eq: T } => ({ $eq: value });

/** The same for what must be text: anything else is a mistake of the caller and never reaches the database. */
export const exactText = (value: string): { $eq: string } => {
  if (typeof value !== 'string') throw new TypeError('expected a string to look up by');
  return { $eq: value };
};
