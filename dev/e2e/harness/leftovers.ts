import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
  /** TCP ports of 127.0.0.1 it listens on. */
  readonly ports: readonly number[];
}

const LISTENING = '0A';

/** Socket inode to port, of everything that listens. */
const listeningPorts = (): ReadonlyMap<string, number> => {
  const ports = new Map<string, number>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === LISTENING) ports.set(inode, Number.parseInt(local.split(':').at(-1) ?? '', 16));
    }
  }
  return ports;
};

const portsOf = (pid: number, listening: ReadonlyMap<string, number>): readonly number[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
    const port = listening.get(inode);
    return port === undefined ? [] : [port];
  });

/**
 * Every running process that was started with this variable in its environment, whoever its parent is now; test runners and
 * this process itself excepted. Undefined where the system has no /proc to look in.
 */
export const processesMarked = (name: string, value: string): readonly Leftover[] | undefined => {
  if (process.platform !== 'linux') return undefined;
  const listening = listeningPorts();

  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      const pid = Number(entry);
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
        // A process that has ended but whose parent has not looked yet has no command line.
        if (command === '' || isRunner(command)) return [];
        return [{ pid, command, ports: portsOf(pid, listening) }];
      } catch {
        return []; // gone while we looked, or somebody else's
      }
    });
};

const isRunner = (command: string): boolean => /vitest|esbuild/.test(command);
