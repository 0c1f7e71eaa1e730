export const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/** The value below which the share `q` (0 to 1) of an ascending list lies, interpolated. NaN for an empty list. */
export const quantile = (ascending: ArrayLike<number>, q: number): number => {
  const place = (ascending.length - 1) * q;
  const below = ascending[Math.floor(place)] ?? Number.NaN;
  const above = ascending[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
};

export const median = (values: ArrayLike<number>): number => quantile(sorted(values), 0.5);

/**
 * The smallest value that at least `share` (0 to 1) of all values do not exceed. It is always a measured value, never one between
 * two. NaN for an empty list.
 */
export const percentile = (values: ArrayLike<number>, share: number): number =>
  sorted(values)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
