import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { createHostApp } from './app.ts';
import { seed } from './seed.ts';

// An example of the application that Latchkey is added to. It has its own database driver, login and sessions. Of Latchkey it
// uses only the field `credentialsChangedAt` (credentials.ts). It prints its address as one JSON line.
const client = await MongoClient.connect(process.env['MONGODB_URI'] ?? '');
const db = client.db();
await seed(db);

const server = createServer(createHostApp(db));
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});

process.on('SIGTERM', () => {
  server.close(() => client.close().then(() => process.exit(0)));
  server.closeAllConnections();
});
