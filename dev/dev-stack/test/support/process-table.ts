import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { until } from '../../src/until.ts';

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes of a Linux without `ps`, such as a slim image. */
const fromProc = (): readonly Row[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // the process has ended meanwhile
      }
    });

const fromPs = (): readonly Row[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      if (pid === undefined || state === undefined || state.startsWith('Z')) return [];
      return [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }];
    });

/** Every running process of this system. A zombie, which waits for its parent, is not one of them. */
const processes = (): readonly Row[] => (existsSync('/proc/self/stat') ? fromProc() : fromPs());

/** All descendants of a process, as `pid command`. */
export const descendantsOf = (pid: number): ReadonlyMap<number, string> => {
  const table = processes();
  const found = new Map<number, string>();
  const visit = (parent: number) => {
    for (const row of table) {
      if (row.parent !== parent || found.has(row.pid)) continue;
      found.set(row.pid, row.command);
      visit(row.pid);
    }
  };
  visit(pid);
  return found;
};

/** Those of these processes that still run. The same pid with another command is another process. */
export const stillRunning = (known: ReadonlyMap<number, string>): readonly string[] =>
  processes()
    .filter(({ pid, command }) => known.get(pid) === command)
    .map(({ pid, command }) => `${pid} ${command}`);

export const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Repeats a look until it holds or the time is over. Resolves with the last result. */
export const eventually = async <T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  timeoutMs: number,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  const seen = async () => {
    const value = await look();
    return (holds(value) || performance.now() > deadline) && { value };
  };
  const { value } = await until('it holds', seen, Number.POSITIVE_INFINITY);
  return value;
};
