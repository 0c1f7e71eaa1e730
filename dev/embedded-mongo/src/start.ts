import { startServer } from './server.ts';

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

/** Starts a MongoDB stand-in inside this process: for development and tests only, in memory only, loopback only. See docs/decisions/0026. */
export const startEmbeddedMongo = ({
  port = 0,
  host = '127.0.0.1',
  ttlIntervalMs = 1000,
  log = () => undefined,
}: EmbeddedMongoOptions = {}): Promise<EmbeddedMongo> => startServer({ port, host, ttlIntervalMs, log });
