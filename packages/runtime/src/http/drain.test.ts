import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHealth } from '../health/health.ts';
import { startHealthServer } from '../health/health-server.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startMetricsServer } from '../metrics/metrics-server.ts';
import type { RunningServer } from './http-server.ts';

/** More than is drained plus what both ends of a loopback connection buffer. */
const ENDLESS_BYTES = 64 * 1024 * 1024;
const CHUNK = `10000\r\n${'x'.repeat(0x10000)}\r\n`;

/** Sends a body without an end; answers the status line, and whether the other end hung up on it. */
const pour = async ({ port }: RunningServer, path: string) => {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
  let sent = 0;
  while (!socket.destroyed && sent < ENDLESS_BYTES) {
    if (!socket.write(CHUNK))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    sent += CHUNK.length;
  }
  const hungUp = socket.destroyed;
  socket.destroy();
  return { hungUp, status: text.split('\r\n', 1)[0] };
};

describe('an endless body is answered, and not read to its end,', () => {
  let server: RunningServer;
  afterEach(() => server.close());

  it('by the port of the metrics, with the token missing', async () => {
    const metrics = createMetrics({ defaults: false });
    server = await startMetricsServer({ metrics, host: '127.0.0.1', port: 0, token: 'x'.repeat(32) });
    expect(await pour(server, '/metrics')).toEqual({ hungUp: true, status: 'HTTP/1.1 404 Not Found' });
  });

  it('by the port of the health checks', async () => {
    const health = createHealth({ checks: [] });
    server = await startHealthServer({ health, host: '127.0.0.1', port: 0 });
    expect(await pour(server, '/elsewhere')).toEqual({ hungUp: true, status: 'HTTP/1.1 404 Not Found' });
  });
});
