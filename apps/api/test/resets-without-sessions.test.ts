import { RESET } from '@latchkey/test-kit/graphql';
import { expect, it } from 'vitest';
import { startTestApi } from './support/test-api.ts';

it('the API counts the resets that found no session to end [T-33]', async () => {
  const found = [2, 0, 1, 0];
  const api = await startTestApi({
    resetPassword: async () => ({
      outcome: 'reset',
      reference: 'R-0000-0000',
      sessionsRevoked: found.shift() ?? 0,
    }),
  });
  const counted = async () =>
    /^latchkey_resets_without_sessions_total (\d+)$/m.exec(await api.metricsText())?.[1];
  const counts = [await counted()];
  for (let reset = 0; reset < 4; reset += 1) {
    await api.run(RESET, { input: { token: 'x', newPassword: 'y' } });
    counts.push(await counted());
  }

  expect(counts).toEqual(['0', '0', '1', '1', '2']);
  await api.close();
});
