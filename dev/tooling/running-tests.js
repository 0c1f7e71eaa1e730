const SILENCE_MS = 8_000;

/**
 * A reporter beside Vitest's own, which prints a file when all of it is done: where no terminal shows what runs, it says so every
 * eight silent seconds.
 */
export class RunningTests {
  /** What runs in each file: a test, or what comes before the first one. */
  #running = new Map();
  #printedAt = 0;
  #startedAt = 0;
  #timer;

  onTestRunStart() {
    if (process.stdout.isTTY) return;
    this.#startedAt = performance.now();
    this.#printedAt = this.#startedAt;
    this.#timer = setInterval(() => this.#tell(), 1_000);
    this.#timer.unref();
  }

  onTestModuleStart(module) {
    this.#running.set(module.moduleId, `${module.relativeModuleId}: getting ready`);
  }

  onTestCaseReady(test) {
    this.#running.set(test.module.moduleId, `${test.module.relativeModuleId}: ${test.name}`);
  }

  onTestModuleEnd(module) {
    this.#running.delete(module.moduleId);
    this.#printedAt = performance.now();
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  #tell() {
    const now = performance.now();
    if (now - this.#printedAt < SILENCE_MS) return;
    this.#printedAt = now;
    const running = this.#running.size === 0 ? ['getting ready'] : [...this.#running.values()];
    const seconds = Math.round((now - this.#startedAt) / 1_000);
    for (const what of running) process.stdout.write(`   ${seconds} s  still running  ${what}\n`);
  }
}
