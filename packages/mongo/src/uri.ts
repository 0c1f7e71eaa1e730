/** What this package decides itself, whatever an operator once wrote into the URI. */
const OURS =
  /^(w|wtimeout|wtimeoutms|journal|j|readpreference|readpreferencetags|maxstalenessseconds|readconcernlevel|retrywrites|retryreads)=/i;

/**
 * The URI without the parameters that could weaken a write or move a read. Overriding them by options alone is not enough:
 * the driver refuses a primary read preference beside the URI's `maxStalenessSeconds` and merges partial concerns.
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
