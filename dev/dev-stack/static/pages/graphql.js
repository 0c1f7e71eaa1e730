const endpoint = document.querySelector('meta[name="latchkey-api"]').content;

/** A connection that has gone quiet is no reason to show "one moment" for ever. */
const PATIENCE_MS = 20_000;

/**
 * Sends one operation and answers its one field. What is no answer (offline, too late, 500, not JSON) comes back as a UserError too,
 * so that a caller only has to look at `code`.
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
