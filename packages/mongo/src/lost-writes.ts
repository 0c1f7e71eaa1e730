import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** What is touched of the driver's own `Connection` (7.8). It is not exported. */
interface DriverConnection extends EventEmitter {
  closed: boolean;
  error?: Error;
  writeCommand(...args: unknown[]): Promise<unknown>;
}

const mended = new WeakSet<object>();

/**
 * Makes the driver give up a write when its connection closes. By itself (7.8) it waits for `drain` without an end when the
 * socket was destroyed a moment ago and has not said so yet, which is what a network that drops all connections at once
 * looks like: the call hangs and keeps its place in the pool, and when it was the monitor's, nobody looks at the server ever
 * again and every call fails until the process is started anew.
 *
 * To be deleted when a newer driver passes the test without it.
 */
export const giveUpLostWrites = (): void => {
  // The driver that mongoose uses, whichever other may be installed.
  const fromMongoose = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection }: { Connection: { prototype: DriverConnection } } = fromMongoose(
    'mongodb/lib/cmap/connection.js',
  );
  const { prototype } = Connection;
  if (mended.has(prototype)) return;
  mended.add(prototype);
  const { writeCommand } = prototype;

  prototype.writeCommand = async function (this: DriverConnection, ...args) {
    let onClose = () => {};
    const closed = new Promise<never>((_, reject) => {
      onClose = () => reject(this.error ?? new Error('the connection was closed'));
      this.once('close', onClose);
    });
    try {
      return await Promise.race([writeCommand.apply(this, args), closed]);
    } finally {
      this.off('close', onClose);
    }
  };
};
