const SILENCE_MS = 8_000;
const LOOK_MS = 1_000;

/** Reports the progress of a long command. */
export interface Progress {
  /** Begins a part and prints its name. The name is printed again after silent times, until the next part begins. */
  begin(part: string): void;
  /** Prints one line. */
  say(text: string): void;
  stop(): void;
}

/** Prints lines with the seconds since its start. After each eight seconds without a line it prints the running part. */
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
