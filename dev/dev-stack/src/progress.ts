const SILENCE_MS = 8_000;
const LOOK_MS = 1_000;

/** Tells somebody who waits what a long command is doing. */
export interface Progress {
  /** Begins a part: what is said in silent times, until the next one. */
  begin(part: string): void;
  /** Something worth a line of its own. */
  say(text: string): void;
  stop(): void;
}

/** Prints what it is told, with the seconds since its start, and after every eight silent seconds which part is at work. */
export const startProgress = (
  print: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Progress => {
  const startedAt = performance.now();
  let [part, printedAt] = ['', startedAt];

  const say = (text: string): void => {
    printedAt = performance.now();
    print(`${((printedAt - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}`);
  };
  const timer = setInterval(() => {
    if (part !== '' && performance.now() - printedAt >= SILENCE_MS) say(`still at work: ${part}`);
  }, LOOK_MS);
  timer.unref();

  return {
    begin: (next) => {
      part = next;
      say(next);
    },
    say,
    stop: () => clearInterval(timer),
  };
};
