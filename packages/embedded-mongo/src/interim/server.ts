// @ts-nocheck - the measured prototype as it was, so that other packages can test now; replaced by our own engine next
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Engine } from './commands.ts';
import { Framer, decode, encode } from './wire.ts';

export interface EmbeddedMongoOptions {
  port?: number;
  host?: string;
  replicaSet?: string | null;
  ttlIntervalMs?: number;
}

export class EmbeddedMongo {
  readonly engine = new Engine();
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #timer: NodeJS.Timeout | undefined;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async create(o: EmbeddedMongoOptions = {}): Promise<EmbeddedMongo> {
    const self = new EmbeddedMongo();
    const host = o.host ?? '127.0.0.1';
    await new Promise<void>((ok, fail) => self.#server.once('error', fail).listen(o.port ?? 0, host, ok));
    self.engine.address = `${host}:${(self.#server.address() as AddressInfo).port}`;
    self.engine.replicaSet = o.replicaSet === undefined ? 'rs0' : o.replicaSet;
    self.#timer = setInterval(() => {
      self.engine.store.expire();
      self.engine.reap();
    }, o.ttlIntervalMs ?? 1000);
    self.#timer.unref();
    return self;
  }

  uri(db = 'test'): string {
    const rs = this.engine.replicaSet;
    return `mongodb://${this.engine.address}/${db}${rs ? `?replicaSet=${rs}` : ''}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const s of this.#sockets) s.destroy();
    this.engine.close();
    await new Promise<void>((ok) => this.#server.close(() => ok()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const framer = new Framer();
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        for (const frame of framer.push(chunk)) {
          const req = decode(frame);
          const reply = this.engine.run(req.body);
          if (!req.silent) socket.write(encode(req, reply));
        }
      } catch (err) {
        if (process.env['MONGO_DEBUG']) console.error(err);
        socket.destroy();
      }
    });
  }
}
