import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../src/tcp-proxy.ts';
import { until } from '../src/until.ts';

/** Starts a server that returns what it receives, with its name in front. */
const startEcho = async (name: string): Promise<Server & { port: number }> => {
  const server = createServer((socket) => {
    socket.on('error', () => {}).on('data', (chunk) => socket.write(`${name} ${chunk}`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
};

describe('the TCP proxy', () => {
  let first: Awaited<ReturnType<typeof startEcho>>;
  let second: Awaited<ReturnType<typeof startEcho>>;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  const open = async ({ port } = proxy) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    clients.push(socket);
    let heard = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
    });
    await until('it is open, or refused', () => !socket.connecting || socket.closed);
    return { socket, say: (text: string) => socket.write(text), heard: () => heard };
  };
  const hears = (client: Awaited<ReturnType<typeof open>>, text: string) =>
    until(`“${text}” is heard`, () => client.heard() === text);

  beforeEach(async () => {
    [first, second] = await Promise.all([startEcho('first'), startEcho('second')]);
    proxy = await startTcpProxy({ target: first });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.stop();
    first.close();
    second.close();
  });

  it('leads new connections elsewhere once it points there, and leaves the old ones', async () => {
    const old = await open();
    proxy.pointTo(second);
    const young = await open();
    old.say('hello');
    young.say('hello');

    await hears(old, 'first hello');
    await hears(young, 'second hello');
  });

  it('resets every connection when it drops them, and takes new ones at once', async () => {
    const client = await open();
    client.say('hello');
    await hears(client, 'first hello');
    proxy.drop();
    await until('the connection is gone', () => client.socket.closed);

    const again = await open();
    again.say('hello');
    await hears(again, 'first hello');
  });

  it('moves no byte while frozen, of old connections and of new ones, and all of them afterwards', async () => {
    const old = await open();
    old.say('1');
    await hears(old, 'first 1');
    proxy.freeze();
    const young = await open();
    old.say('2');
    young.say('2');
    // These bytes pass another proxy of the same process. When they arrive, the first one would have forwarded the earlier bytes.
    const other = await startTcpProxy({ target: second });
    const witness = await open(other);
    witness.say('2');
    await hears(witness, 'second 2');
    expect([old.heard(), young.heard()]).toEqual(['first 1', '']);

    proxy.thaw();
    await hears(old, 'first 1first 2');
    await hears(young, 'first 2');
    await other.stop();
  });

  it('refuses connections while cut, and takes them again on the same port', async () => {
    const client = await open();
    proxy.cut();
    await until('the connection is gone', () => client.socket.closed);
    const refused = await open();
    await until('the next one is refused', () => refused.socket.closed);

    await proxy.restore();
    const again = await open();
    again.say('hello');
    await hears(again, 'first hello');
  });

  it('gives each chunk to its hook, which passes on what it likes', async () => {
    const seen: string[] = [];
    const hooked = await startTcpProxy({
      target: first,
      hook: ({ toServer, toClient }) => ({
        fromClient: (chunk) => {
          seen.push(String(chunk));
          toServer(Buffer.from('something else'));
        },
        fromServer: (chunk) => toClient(Buffer.from(String(chunk).toUpperCase())),
      }),
    });
    const client = await open(hooked);
    client.say('hello');

    await hears(client, 'FIRST SOMETHING ELSE');
    expect(seen).toEqual(['hello']);
    await hooked.stop();
  });
});
