import { type Client, HasherBusyError } from '@latchkey/password-reset';

/** A bounded queue in front of a few workers. Networks take turns in it. */
export interface FairQueue<Task, Answer> {
  /**
   * Resolves with the result of `work`. Rejects with `HasherBusyError` when the queue has no room for the task, or when the
   * task has waited too long. With `goesOn` the task completes what an earlier task began, so neither the share of its
   * network nor its waiting time is limited.
   */
  run(
    task: Task,
    from: Pick<Client, 'network' | 'wideNetwork'>,
    options?: { readonly goesOn?: boolean },
  ): Promise<Answer>;
  /** Tasks that wait for a worker. */
  readonly waiting: number;
  /** Networks in memory: those with a task that waits. */
  readonly networks: number;
}

export interface FairQueueDeps<Task, Answer> {
  readonly work: (task: Task) => Promise<Answer>;
  /** Number of tasks that run at the same time. */
  readonly workers: number;
  /** Highest number of tasks that wait. */
  readonly capacity: number;
  /** A task that has waited longer is refused, unless it has `goesOn`. */
  readonly longestWaitMs: number;
  /** Milliseconds of a monotonic clock. Default: `performance.now()`. */
  readonly now?: () => number;
}

/** Highest number of tasks of one IPv4 address or IPv6 /64, waiting and running, while another network waits. */
const MOST_OF_NARROW = 2;
/** The same for an IPv6 /48. */
const MOST_OF_WIDE = 4;

interface Entry<Task, Answer> {
  readonly task: Task;
  readonly goesOn: boolean;
  readonly narrow: string;
  /** The network that takes turns with others: the wide one, or the narrow one if there is no wide one. */
  readonly group: string;
  readonly since: number;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly refuse: () => void;
}

/**
 * Runs one task of each network in turn. Within an IPv6 /48, its /64s take turns in the same way. A network without a waiting
 * task is forgotten. The queue is short (a few tasks per worker) and the tasks are slow, so every count is made when it is
 * needed instead of being kept.
 */
export const createFairQueue = <Task, Answer>({
  work,
  workers,
  capacity,
  longestWaitMs,
  now = () => performance.now(),
}: FairQueueDeps<Task, Answer>): FairQueue<Task, Answer> => {
  type Waiting = Entry<Task, Answer>;
  /** Groups in the order of their next turns. Each holds its waiting tasks by narrow network in the same order, oldest first. */
  const round: { readonly group: string; readonly lines: Map<string, Waiting[]> }[] = [];
  const atWork = new Set<Waiting>();

  const inLine = (): readonly Waiting[] => round.flatMap(({ lines }) => [...lines.values()].flat());

  const enter = (entry: Waiting): void => {
    const waiting = inLine();
    if (atWork.size < workers) start(entry);
    else if (!entry.goesOn && takesTooMuch(entry, waiting)) entry.refuse();
    else if (waiting.length < capacity) join(entry);
    else {
      // The refused task may be the new one itself.
      const loser = whoGivesWay(entry, waiting) ?? entry;
      if (loser !== entry) {
        remove(loser);
        join(entry);
      }
      loser.refuse();
    }
  };

  const takesTooMuch = (entry: Waiting, waiting: readonly Waiting[]): boolean => {
    const isOver = (network: 'narrow' | 'group', most: number): boolean =>
      waiting.some((other) => other[network] !== entry[network]) &&
      [...waiting, ...atWork].filter((other) => other[network] === entry[network]).length >= most;

    return isOver('narrow', MOST_OF_NARROW) || isOver('group', MOST_OF_WIDE);
  };

  const join = (entry: Waiting): void => {
    const { lines } = round.find(({ group }) => group === entry.group) ?? joinRound(entry.group);
    lines.set(entry.narrow, [...(lines.get(entry.narrow) ?? []), entry]);
  };

  /** Places a new group at the end of the round, but before the groups that have a running task. */
  const joinRound = (group: string) => {
    const hasTurn = new Set([...atWork].map((entry) => entry.group));
    const end = round.findLastIndex((other) => !hasTurn.has(other.group)) + 1;
    const place = { group, lines: new Map<string, Waiting[]>() };
    round.splice(hasTurn.has(group) ? round.length : end, 0, place);
    return place;
  };

  const remove = (entry: Waiting): void => {
    const index = round.findIndex(({ group }) => group === entry.group);
    const lines = round[index]?.lines;
    const rest = lines?.get(entry.narrow)?.filter((other) => other !== entry) ?? [];
    if (rest.length > 0) lines?.set(entry.narrow, rest);
    else lines?.delete(entry.narrow);
    if (lines?.size === 0) round.splice(index, 1);
  };

  const start = (entry: Waiting): void => {
    atWork.add(entry);
    const done = work(entry.task);
    entry.resolve(done);
    const next = (): void => {
      atWork.delete(entry);
      callNext();
    };
    done.then(next, next);
  };

  const callNext = (): void => {
    for (const entry of inLine()) {
      if (entry.goesOn || now() - entry.since <= longestWaitMs) continue;
      remove(entry);
      entry.refuse();
    }
    const place = round.shift();
    const [line] = place?.lines.values() ?? [];
    const [entry, ...rest] = line ?? [];
    if (place === undefined || entry === undefined) return;

    // The network that gets its turn moves to the end of the round.
    place.lines.delete(entry.narrow);
    if (rest.length > 0) place.lines.set(entry.narrow, rest);
    if (place.lines.size > 0) round.push(place);
    start(entry);
  };

  return {
    run: (task, { network, wideNetwork }, { goesOn = false } = {}) =>
      new Promise((resolve, reject) => {
        const refuse = () => reject(new HasherBusyError());
        enter({
          task,
          goesOn,
          narrow: network,
          group: wideNetwork ?? network,
          since: now(),
          resolve,
          refuse,
        });
      }),
    get waiting() {
      return inLine().length;
    },
    get networks() {
      return round.length;
    },
  };
};

/**
 * The newest task of the network with the most waiting tasks, if that network has at least two more than the newcomer's
 * network. With a difference of one, the two networks would only change places.
 */
const whoGivesWay = <E extends { readonly narrow: string; readonly group: string }>(
  newcomer: E,
  waiting: readonly E[],
): E | undefined => {
  const group = biggest(waiting, 'group');
  const own = waiting.filter((entry) => entry.group === newcomer.group);
  const isOwn = own.length === group.length;
  if (!isOwn && group.length <= own.length + 1) return undefined;

  const line = biggest(isOwn ? own : group, 'narrow');
  const ownLine = own.filter((entry) => entry.narrow === newcomer.narrow);
  return isOwn && line.length <= ownLine.length + 1 ? undefined : line.at(-1);
};

/** The entries of the network that has the most entries. */
const biggest = <E extends { readonly narrow: string; readonly group: string }>(
  entries: readonly E[],
  network: 'narrow' | 'group',
): readonly E[] => {
  const shares = new Map<string, E[]>();
  for (const entry of entries) {
    const share = shares.get(entry[network]);
    if (share === undefined) shares.set(entry[network], [entry]);
    else share.push(entry);
  }
  return [...shares.values()].reduce((most, share) => (share.length > most.length ? share : most), []);
};
