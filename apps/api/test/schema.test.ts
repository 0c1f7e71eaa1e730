import { createPasswordPolicy } from '@latchkey/password-reset';
import { createMetrics } from '@latchkey/runtime';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../src/graphql/schema.ts';
import { createApiMetrics } from '../src/metrics.ts';

it('is what schema.graphql says', async () => {
  const unused = () => Promise.reject(new Error('printing a schema resolves nothing'));
  const schema = createSchema({
    requestPasswordReset: unused,
    resetPassword: unused,
    checkToken: unused,
    policy: createPasswordPolicy({ minLength: 8, normalization: 'none' }),
    metrics: createApiMetrics(createMetrics({ defaults: false }), {
      breaker: () => 'closed',
      hashingQueued: () => 0,
    }),
  });

  await expect(`${printSchema(lexicographicSortSchema(schema))}\n`).toMatchFileSnapshot('../schema.graphql');
});
