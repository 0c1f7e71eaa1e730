/** The value below which a share `q` of an ascending list lies, interpolated. NaN for an empty list. */
export const quantile = (ascending: ArrayLike<number>, q: number): number => {
  const place = (ascending.length - 1) * q;
  const below = ascending[Math.floor(place)] ?? Number.NaN;
  const above = ascending[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
};

export const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();
