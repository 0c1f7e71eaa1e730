import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onPath } from '../src/process/on-path.ts';
import { findRedis } from '../src/redis/find-redis.ts';
import { type RunningRedis, startRedis } from '../src/redis/start-redis.ts';
import { pathWithout } from './support/path-without.ts';
import { eventually, isListening } from './support/process-table.ts';

const setting = async (url: string, name: string): Promise<string> => {
  const redis = new Redis(url);
  const [value] = [await redis.config('GET', name)].flat().slice(1);
  redis.disconnect();
  return String(value);
};

describe('startRedis', () => {
  let folder: string;
  const running: RunningRedis[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    vi.stubEnv('REDIS_URL', undefined);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const redis of running.splice(0)) await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (options: Parameters<typeof startRedis>[0] = {}) => {
    const redis = await startRedis(options);
    running.push(redis);
    return redis;
  };

  it('gives everyone a server of their own, fast enough for delayed jobs and without a trace on disk', async () => {
    const [one, two] = await Promise.all([start(), start()]);

    expect(one.port).not.toBe(two.port);
    expect(await setting(one.url, 'hz')).toBe('100');
    expect(await setting(one.url, 'save')).toBe('');
    expect(await setting(one.url, 'appendonly')).toBe('no');
    expect(await setting(one.url, 'maxmemory-policy')).toBe('noeviction');
    expect(await setting(one.url, 'bind')).toBe('127.0.0.1');
  });

  it('comes back on the same port after having been killed', async () => {
    const first = await start();
    if (first.pid === null) throw new Error('not ours');
    process.kill(first.pid, 'SIGKILL');
    await eventually(
      () => isListening(first.port),
      (listening) => !listening,
      5_000,
    );

    const second = await start({ port: first.port });

    expect(second.url).toBe(first.url);
    expect(await setting(second.url, 'hz')).toBe('100');
  });

  it('uses REDIS_URL and does not stop what it did not start', async () => {
    const own = await start();
    vi.stubEnv('REDIS_URL', own.url);

    const given = await startRedis();
    expect(given).toMatchObject({ url: own.url, port: own.port, source: 'REDIS_URL', pid: null });
    await given.stop();

    expect(await isListening(own.port)).toBe(true);
  });

  it('says at once that nothing answers at REDIS_URL, without showing the password in it', async () => {
    vi.stubEnv('REDIS_URL', 'redis://user:hush-hush@127.0.0.1:1');

    const failure = await startRedis().catch((error: Error) => error.message);

    expect(failure).toMatch(/no Redis answers at 127\.0\.0\.1:1\. Start it, or unset REDIS_URL/);
    expect(failure).not.toContain('hush');
  });

  it('says which form REDIS_URL has when it has another one', async () => {
    for (const value of ['127.0.0.1:6379', 'localhost:6379', 'http://127.0.0.1:6379', '/run/redis.sock']) {
      vi.stubEnv('REDIS_URL', value);
      await expect(startRedis()).rejects.toThrow(
        'REDIS_URL must be a redis:// or rediss:// address, such as redis://127.0.0.1:6379',
      );
    }
  });

  it('starts one that would end at a LANG which this system does not have, as Redis does from 7.2 on', async () => {
    const real = await findRedis({});
    const program = join(folder, 'redis-server');
    await writeFile(
      program,
      `#!/bin/sh
case "$*" in
  *--port*) [ "\${LC_ALL:-$LANG}" != xx_YY.UTF-8 ] || { echo 'Failed to configure LOCALE.'; exit 1; } ;;
esac
LD_LIBRARY_PATH='${real.env['LD_LIBRARY_PATH'] ?? ''}' exec '${real.path}' "$@"
`,
      { mode: 0o755 },
    );
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    vi.stubEnv('LANG', 'xx_YY.UTF-8');

    const redis = await start();

    expect(redis.source).toContain(program);
  });

  it('names the one command that installs it where nothing else helps', async () => {
    vi.stubEnv('PATH', folder);

    await expect(startRedis({ cacheDir: folder })).rejects.toThrow(
      /Redis is needed.*(Run `.+`|Install Redis).*REDIS_URL/,
    );
  });

  describe.runIf(onPath('apt-get') !== undefined)('without a Redis on PATH, on Debian or Ubuntu', () => {
    it('unpacks the distribution’s own without root, twice at the same time, and keeps it', {
      timeout: 240_000,
    }, async () => {
      const cacheDir = join(folder, 'cache');
      vi.stubEnv('PATH', await pathWithout(join(folder, 'bin'), /^(redis|valkey)/));

      const [one, two] = await Promise.all([start({ cacheDir }), start({ cacheDir })]);
      for (const redis of [one, two]) {
        expect(redis.source).toContain(cacheDir);
        expect(await setting(redis.url, 'hz')).toBe('100');
      }
      expect(await readdir(cacheDir)).toHaveLength(1);

      vi.stubEnv('PATH', folder);
      const third = await start({ cacheDir });
      expect(third.source).toContain(cacheDir);
    });

    it('replaces a kept one that does not run any more', { timeout: 240_000 }, async () => {
      vi.stubEnv('PATH', await pathWithout(join(folder, 'bin'), /^(redis|valkey)/));
      const cacheDir = join(folder, 'cache');
      const first = await start({ cacheDir });
      const [kept = ''] = await readdir(cacheDir);
      await rm(join(cacheDir, kept, 'usr/bin'), { recursive: true });

      const second = await start({ cacheDir });

      expect(second.source).toBe(first.source);
      await access(join(cacheDir, kept, 'usr/bin/redis-server'));
      expect(await readdir(cacheDir)).toEqual([kept]);
    });
  });
});
