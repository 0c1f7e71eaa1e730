const endpoint = document.querySelector('meta[name="latchkey-api"]').content;

/** Time limit for an answer, so that a silent connection does not show "one moment" forever. */
const PATIENCE_MS = 20_000;

/**
 * Sends one operation and resolves with its one field. A failure (offline, too late, 500, not JSON) also becomes a UserError,
 * so that a caller only has to read `code`.
 */
export const ask = async (field, query, variables = {}) => {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query, variables }),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { data } = await response.json();
    return data?.[field] ?? { code: 'SERVICE_UNAVAILABLE' };
  } catch {
    return { code: 'UNREACHABLE' };
  }
};
