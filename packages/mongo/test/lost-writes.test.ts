import net, { type Socket } from 'node:net';
import { silentLog } from '@latchkey/runtime';
import { eventually } from '@latchkey/test-kit/until';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectMongo } from '../src/index.ts';
import { startChildMongo } from './support/child-mongo.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe('sockets that are gone without having said so yet', () => {
  it('keep no call waiting for them, and nobody from finding the server again', async () => {
    const sockets: Socket[] = [];
    const create = net.createConnection;
    vi.spyOn(net, 'createConnection').mockImplementation((...how: unknown[]) => {
      const socket = Reflect.apply(create, net, how) as Socket;
      sockets.push(socket);
      return socket;
    });
    const server = await startChildMongo();
    stops.push(server.kill);
    const mongo = await connectMongo({ uri: server.uri, appName: 'latchkey-test', log: silentLog });
    stops.push(mongo.close);
    const anything = () => mongo.connection.collection('anything').findOne({});

    for (let round = 0; round < 10; round += 1) {
      await anything();
      for (const socket of sockets.splice(0)) socket.destroy();
      // The first may fail, since the driver repeats a call only once; none may wait for ever.
      await Promise.allSettled([anything(), anything(), anything()]);
      await eventually(anything);
    }
    expect(sockets.length).toBeGreaterThan(0);
  });
});
