import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from '@latchkey/test-kit/until';
import { newAddresses } from './classes.ts';
import { openKeepAliveClient } from './keep-alive-client.ts';
import { shuffled } from './statistics/random.ts';
import type { World } from './world.ts';

/** For whom the nine requests before the attacker's own request were. */
const COMPANIES = ['strangers', 'members'] as const;
export type Company = (typeof COMPANIES)[number];

export interface Arrival {
  readonly company: Company;
  /** Milliseconds from the answer to the attacker's own request to the arrival of the own mail. The attacker can see this. */
  readonly seenMs: number;
  /** Milliseconds from the time at which the request was due, which only the api knows, to the arrival: all except the jitter. */
  readonly lagMs: number;
  /** Milliseconds from the accepted request to the time at which it was due: the drawn jitter. */
  readonly jitterMs: number;
}

export interface ArrivalOptions {
  readonly world: World;
  readonly apiUrl: string;
  readonly trials: number;
  /** Pause between two trials. */
  readonly pauseMs: number;
  readonly random: () => number;
  /** Called after each tenth of the trials. */
  readonly say: (line: string) => void;
}

const NINE = 9;
const ARRIVES_WITHIN_MS = PATIENCE_MS;

/** Runs trials in random order. Each sends nine requests for strangers or nine for members, and then the attacker's own. */
export const measureArrivals = async ({
  world,
  apiUrl,
  trials,
  pauseMs,
  random,
  say,
}: ArrivalOptions): Promise<readonly Arrival[]> => {
  const own = newAddresses('known', trials);
  const others = {
    strangers: newAddresses('unknown', NINE * trials),
    members: newAddresses('known', NINE * trials),
  };
  const ownIds = await world.addUsers(own);
  await world.addUsers(others.members);
  const dueTimes = await watchDueTimes(world.redis.url);
  const client = await openKeepAliveClient(apiUrl);

  const order = shuffled(
    own.map((_, index) => COMPANIES[index % COMPANIES.length] ?? 'strangers'),
    random,
  );
  const answeredAt: number[] = [];
  for (const [trial, company] of order.entries()) {
    for (const email of others[company].slice(NINE * trial, NINE * (trial + 1))) await client.request(email);
    await client.request(own[trial] ?? '');
    answeredAt.push(Date.now());
    await sleep(pauseMs);
    if ((trial + 1) % Math.ceil(trials / 10) === 0) say(`${trial + 1} of ${trials}`);
  }
  client.close();

  const missing = new Set(own);
  let looked = 0;
  await world.relay.waitUntil((mails) => {
    for (; looked < mails.length; looked += 1) missing.delete(mails[looked]?.to ?? '');
    return missing.size === 0;
  }, ARRIVES_WITHIN_MS);
  dueTimes.stop();

  const arrivedAt = new Map(world.relay.mails.map(({ to, at }) => [to, at]));
  const deliveries = await world.db
    .collection('latchkey_deliveries')
    .find({ userId: { $in: [...ownIds] } })
    .toArray();
  const deliveryOf = new Map(deliveries.map((row) => [String(row['userId']), row]));

  return order.map((company, trial) => {
    const delivery = deliveryOf.get(String(ownIds[trial]));
    const arrived = arrivedAt.get(own[trial] ?? '') ?? Number.NaN;
    const occurredAt: Date | undefined = delivery?.['occurredAt'];
    // A request without a delay was due when it was accepted.
    const dueAt = dueTimes.of(String(delivery?.['requestId'])) ?? occurredAt?.getTime() ?? Number.NaN;
    const jitterMs = dueAt - (occurredAt?.getTime() ?? Number.NaN);
    return { company, seenMs: arrived - (answeredAt[trial] ?? 0), lagMs: arrived - dueAt, jitterMs };
  });
};

const DELAYED = /"ZADD" "[^"]*:reset-requests:delayed" "(\d+)" "request-([0-9a-f]{32})-0"/g;
/** BullMQ stores the time in the upper bits of the score, so that jobs of the same millisecond stay in order. */
const SCORE_PER_MS = 4_096;

const STARTED =
  /^\+(\d+\.\d+) \[[^\]]*\] "HMSET" "[^"]*:reset-requests:request-([0-9a-f]{32})-0" "processedOn"/gm;

/**
 * Reads from the commands to Redis when each delayed request is due, as the api set it (a worker that returns a job does not
 * change it), and when a worker last took it, by the clock of Redis. Times are in epoch milliseconds.
 */
export const watchDueTimes = async (redisUrl: string) => {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  const times = new Map<string, number>();
  const starts = new Map<string, number>();
  let rest = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    const text = rest + chunk;
    const complete = text.lastIndexOf('\n') + 1;
    rest = text.slice(complete);
    const lines = text.slice(0, complete);
    for (const [, seconds, id] of lines.matchAll(STARTED)) {
      if (id !== undefined) starts.set(id, Number(seconds) * 1_000);
    }
    for (const [, score, id] of lines.matchAll(DELAYED)) {
      if (id !== undefined && !times.has(id)) times.set(id, Number(score) / SCORE_PER_MS);
    }
  });
  await new Promise<void>((resolve) =>
    socket.write('MONITOR\r\n', () => socket.once('data', () => resolve())),
  );

  return {
    of: (requestId: string) => times.get(requestId),
    startOf: (requestId: string) => starts.get(requestId),
    stop: () => socket.destroy(),
  };
};
