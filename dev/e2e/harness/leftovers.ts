import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Leftover {
  readonly pid: number;
  readonly command: string;
  /** TCP ports of 127.0.0.1 on which it listens. */
  readonly ports: readonly number[];
}

const LISTENING = '0A';

/** Inode → port of every listening socket. */
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
 * Every running process with this variable in its environment, with any parent, except test runners and this process. Undefined
 * if the system has no /proc.
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
        // A zombie, which has ended and waits for its parent, has no command line.
        if (command === '' || isRunner(command)) return [];
        return [{ pid, command, ports: portsOf(pid, listening) }];
      } catch {
        return []; // the process has ended meanwhile, or belongs to another user
      }
    });
};

const isRunner = (command: string): boolean => /vitest|esbuild/.test(command);
