/**
 * The floor: a server that answers this mutation with the same libraries and does as little as possible. It has Yoga, Pothos,
 * one insert (mongoose, majority) and one job (BullMQ), but no limits, validation, plugins, metrics or log. The difference
 * between the product and the floor is the cost of the product's own code.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import SchemaBuilder from '@pothos/core';
import { Queue } from 'bullmq';
import { createYoga } from 'graphql-yoga';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';

const connection = await mongoose
  .createConnection(process.env['MONGODB_URI'] ?? '', {
    autoIndex: false,
    maxPoolSize: 20,
    writeConcern: { w: 'majority' },
  })
  .asPromise();
const requestSchema = new mongoose.Schema(
  { _id: String, email: String, acceptedAt: Date },
  { versionKey: false, collection: 'floor_requests' },
);
const Requests = connection.model('FloorRequest', requestSchema);
const redis = new Redis(process.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
const queue = new Queue('floor-requests', { connection: redis, prefix: '{floor}' });

interface Requested {
  readonly reference: string;
  readonly expiresInSeconds: number;
}
const builder = new SchemaBuilder<{ DefaultFieldNullability: false; DefaultInputFieldRequiredness: true }>({
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
});
const PasswordResetRequested = builder.objectRef<Requested>('PasswordResetRequested').implement({
  fields: (t) => ({
    reference: t.exposeString('reference'),
    expiresInSeconds: t.exposeInt('expiresInSeconds'),
  }),
});
const Result = builder.unionType('RequestPasswordResetResult', {
  types: [PasswordResetRequested],
  resolveType: () => 'PasswordResetRequested',
});
const Input = builder.inputType('RequestPasswordResetInput', {
  fields: (t) => ({ email: t.string(), locale: t.string({ required: false }) }),
});
builder.queryType({ fields: (t) => ({ alive: t.boolean({ resolve: () => true }) }) });
builder.mutationType({
  fields: (t) => ({
    requestPasswordReset: t.field({
      type: Result,
      args: { input: t.arg({ type: Input }) },
      resolve: async (_root, { input }) => {
        const id = randomBytes(16).toString('hex');
        await Requests.insertOne({ _id: id, email: input.email, acceptedAt: new Date() });
        await queue.add('request', { v: 1, id }, { jobId: id, removeOnComplete: true, removeOnFail: true });
        return { reference: 'R-0000-0000', expiresInSeconds: 1_800 };
      },
    }),
  }),
});

const yoga = createYoga({ schema: builder.toSchema(), graphiql: false, landingPage: false, logging: false });
const server = createServer(yoga);
server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
