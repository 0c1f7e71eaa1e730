import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** How the server reacts to a step: it answers, ends the connection, never answers, or sends a reply that never ends. */
export type Reaction = { readonly reply: string; readonly afterMs?: number } | 'drop' | 'silence' | 'trickle';
export type Step = 'greeting' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot' | 'rset' | 'quit';

const FRIENDLY: Readonly<Record<Step, Reaction>> = {
  greeting: { reply: '220 test ready' },
  ehlo: { reply: '250-test\r\n250 SIZE 1000000' },
  auth: { reply: '235 2.7.0 welcome' },
  mail: { reply: '250 2.1.0 ok' },
  rcpt: { reply: '250 2.1.5 ok' },
  data: { reply: '354 go ahead' },
  dot: { reply: '250 2.0.0 queued' },
  rset: { reply: '250 2.0.0 ok' },
  quit: { reply: '221 2.0.0 bye' },
};

const stepOf = (line: string): Step => {
  const verb = line.slice(0, 4).toUpperCase();
  const steps: Record<string, Step> = {
    EHLO: 'ehlo',
    HELO: 'ehlo',
    AUTH: 'auth',
    MAIL: 'mail',
    RCPT: 'rcpt',
    DATA: 'data',
    RSET: 'rset',
  };
  return steps[verb] ?? 'quit';
};

/** Starts an SMTP server that follows a script at each step, so that a test can cause every fault at every step. */
export const startScriptedSmtp = async (
  script: Partial<Record<Step, Reaction | readonly Reaction[]>> = {},
) => {
  const seen: string[] = [];
  const bodies: Buffer[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const counts = new Map<Step, number>();

  const reactionTo = (step: Step): Reaction => {
    const told = script[step];
    if (told === undefined) return FRIENDLY[step];
    if (typeof told === 'string' || 'reply' in told) return told;

    const nth = counts.get(step) ?? 0;
    counts.set(step, nth + 1);
    return told[nth] ?? FRIENDLY[step];
  };

  const react = (socket: Socket, step: Step): boolean => {
    const reaction = reactionTo(step);
    if (typeof reaction === 'object') {
      const answer = () => socket.write(`${reaction.reply}\r\n`);
      if (reaction.afterMs === undefined) answer();
      else timers.add(setTimeout(answer, reaction.afterMs));
      return /^[23]/.test(reaction.reply);
    }
    if (reaction === 'drop') socket.destroy();
    if (reaction === 'trickle') timers.add(setInterval(() => socket.write('250-still thinking\r\n'), 5));
    return false;
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));

    let pending = Buffer.alloc(0);
    let inBody = false;
    react(socket, 'greeting');

    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);

      for (;;) {
        const end = pending.indexOf(inBody ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;

        if (inBody) {
          bodies.push(pending.subarray(0, end + 2));
          pending = pending.subarray(end + 5);
          inBody = false;
          react(socket, 'dot');
          continue;
        }

        const line = pending.subarray(0, end).toString();
        pending = pending.subarray(end + 2);
        seen.push(line);
        const step = stepOf(line);
        const agreed = react(socket, step);
        if (step === 'data') inBody = agreed;
      }
    });
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    /** Every command line received. */
    seen,
    /** Every body that was received with its final dot. */
    bodies,
    /** Ends all connections, as a server does with idle ones. */
    hangUp: () => {
      for (const socket of sockets) socket.end();
    },
    connections: () => sockets.size,
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
};

export type ScriptedSmtp = Awaited<ReturnType<typeof startScriptedSmtp>>;
