import { EmbeddedMongo as Interim } from './interim/server.ts';
import { requireLoopback } from './loopback.ts';

/** How to start the stand-in. */
export interface EmbeddedMongoOptions {
  /** Port to listen on; 0 or absent takes a free one. */
  port?: number;
  /** Loopback address to listen on (default 127.0.0.1); anything else throws. */
  host?: string;
  /** How often documents past their TTL are removed (default 1,000 ms; a real server looks once a minute). */
  ttlIntervalMs?: number;
  /** Receives the boot line and faults of the server itself. */
  log?: (line: string) => void;
}

/** A running stand-in. */
export interface EmbeddedMongo {
  readonly host: string;
  readonly port: number;
  /** Connection string, replica set included. */
  uri(database?: string): string;
  /** Closes every connection and forgets everything. */
  stop(): Promise<void>;
}

/** Starts a MongoDB stand-in inside this process: for development and tests only, in memory only, loopback only. */
export const startEmbeddedMongo = async (options: EmbeddedMongoOptions = {}): Promise<EmbeddedMongo> => {
  const host = requireLoopback(options.host ?? '127.0.0.1');
  const server = await Interim.create({
    host,
    port: options.port ?? 0,
    ttlIntervalMs: options.ttlIntervalMs ?? 1000,
  });
  const port = Number(String(server.engine.address).split(':').at(-1));
  options.log?.(
    `embedded-mongo on ${host}:${port}: for development and tests only, in memory only, loopback only`,
  );
  return {
    host,
    port,
    uri: (database = 'test') => server.uri(database),
    stop: () => server.stop(),
  };
};
