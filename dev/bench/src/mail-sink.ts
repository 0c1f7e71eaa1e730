import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/**
 * An SMTP server that accepts everything, keeps nothing and costs next to nothing: a process of its own, so that neither the
 * load generator nor what is measured pays for it. Prints `{"smtpUrl"}`, then `{"to","at"}` per mail (`at` by the wall
 * clock, as the times that it is compared with). `--delay-ms=N`: how long the relay thinks about each mail; `--spread=S`: evenly
 * up to that share of it more or less.
 */
const option = (name: string): number =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? 0);
const [delayMs, spread] = [option('delay-ms'), option('spread')];

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const REPLIES: Readonly<Record<string, string>> = {
  EHLO: '250-sink\r\n250 8BITMIME',
  DATA: '354 go on',
  QUIT: '221 bye',
};

const serve = (socket: Socket): void => {
  let [rest, to, inData] = ['', '', false];
  const say = (line: string): void => {
    socket.write(`${line}\r\n`);
  };

  const accepted = (): void => {
    print({ to, at: Date.now() });
    if (delayMs === 0) say('250 2.0.0 OK');
    else setTimeout(say, delayMs * (1 + spread * (2 * Math.random() - 1)), '250 2.0.0 OK');
  };
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? '';
    inData = verb === 'DATA';
    say(REPLIES[verb] ?? '250 2.0.0 OK');
    if (verb === 'QUIT') socket.end();
  };

  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (;;) {
      const end = inData ? '\r\n.\r\n' : '\r\n';
      const at = rest.indexOf(end);
      if (at < 0) return;
      const part = rest.slice(0, at);
      rest = rest.slice(at + end.length);
      if (inData) {
        inData = false;
        accepted();
      } else command(part);
    }
  });
  say('220 sink');
};

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => {
  print({ smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('SIGTERM', () => process.exit(0));
