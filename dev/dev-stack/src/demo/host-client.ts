/** A client of the host app. It sends what a browser or a phone would send. */
export const createHostClient = (url: string) => ({
  /** Logs in. Resolves with a session token, or null if the host app refuses. */
  logIn: async (email: string, password: string): Promise<string | null> => {
    const response = await fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const body: unknown = await response.json();
    return response.status === 200 ? tokenIn(body) : null;
  },

  /** Whether the host app still accepts this session. */
  accepts: async (token: string): Promise<boolean> => {
    const response = await fetch(`${url}/me`, { headers: { Authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.status === 200;
  },
});

const tokenIn = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string'
    ? body.token
    : null;
