import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** The members of the driver's `Connection` (7.8) that are used here. The driver does not export this class. */
interface DriverConnection extends EventEmitter {
  closed: boolean;
  error?: Error;
  writeCommand(...args: unknown[]): Promise<unknown>;
}

const mended = new WeakSet<object>();

/**
 * Makes the driver fail a write when its connection closes. Without this, driver 7.8 waits for the socket's `drain` event
 * without a limit when the socket was destroyed a moment ago and has not emitted `close` yet. This happens when a network drops
 * all connections at once. The call then hangs and keeps its place in the pool. When the call was the monitor's, the driver
 * never checks that server again, and every call fails until the process is restarted.
 *
 * Delete this file when a newer driver passes its test without it (docs/decisions/0029).
 */
export const giveUpLostWrites = (): void => {
  // The driver that mongoose uses, also when another version of the driver is installed.
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
