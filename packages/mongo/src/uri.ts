/** Parameters that this package sets itself. Their values in an operator's URI are not used. */
const OURS =
  /^(w|wtimeout|wtimeoutms|journal|j|readpreference|readpreferencetags|maxstalenessseconds|readconcernlevel|retrywrites|retryreads)=/i;

/**
 * The URI without the parameters that could weaken a write or move a read to a secondary. Options alone do not suffice: the
 * driver refuses a primary read preference together with the URI's `maxStalenessSeconds`, and it merges partial concerns.
 */
export const withoutConcerns = (uri: string): string => {
  const start = uri.indexOf('?');
  if (start === -1) return uri;
  const kept = uri
    .slice(start + 1)
    .split('&')
    .filter((parameter) => !OURS.test(parameter));
  return kept.length > 0 ? `${uri.slice(0, start)}?${kept.join('&')}` : uri.slice(0, start);
};
