import { startServer } from './server.ts';

/** How to start the stand-in. */
export interface EmbeddedMongoOptions {
  /** Port to listen on. Default, and for 0: a free port. */
  port?: number;
  /** Loopback address to listen on. Default: 127.0.0.1. Every other address throws. */
  host?: string;
  /** Interval for the removal of expired documents. Default: 1,000 ms; a real server has one minute. */
  ttlIntervalMs?: number;
  /** Receives the line of the start and the faults of the server itself. */
  log?: (line: string) => void;
}

/** A running stand-in. */
export interface EmbeddedMongo {
  readonly host: string;
  readonly port: number;
  /** Connection string with the name of the replica set. */
  uri(database?: string): string;
  /** Closes every connection and deletes all data. */
  stop(): Promise<void>;
}

/**
 * Starts a MongoDB stand-in inside this process. It is for development and tests only, keeps its data in memory, and listens on
 * loopback only. See docs/decisions/0026.
 */
export const startEmbeddedMongo = ({
  port = 0,
  host = '127.0.0.1',
  ttlIntervalMs = 1000,
  log = () => undefined,
}: EmbeddedMongoOptions = {}): Promise<EmbeddedMongo> => startServer({ port, host, ttlIntervalMs, log });
