import { ConfigError, type RawEnv } from '@latchkey/runtime';
import type { DoctorEnv } from './env.ts';
import type { Finding } from './finding.ts';

const MARKS = { ok: '  ok      ', advice: '  advice  ', problem: '  PROBLEM ' } as const;

export interface DoctorDeps {
  readonly env: RawEnv;
  readonly parse: (env: RawEnv) => DoctorEnv;
  readonly examine: (env: DoctorEnv) => AsyncIterable<Finding>;
  readonly say: (line: string) => void;
}

/** Prints one line per finding. Resolves with the exit code: 0 if no problem was found, 1 otherwise. */
export const runDoctor = async ({ env: raw, parse, examine, say }: DoctorDeps): Promise<0 | 1> => {
  try {
    const env = parse(raw);
    for (const warning of env.warnings) say(`${MARKS.advice}${warning}`);

    let problems = 0;
    for await (const { level, text } of examine(env)) {
      say(`${MARKS[level]}${text}`);
      if (level === 'problem') problems += 1;
    }
    say(problems === 0 ? '\nNothing is wrong.' : `\n${problems} to mend.`);
    return problems === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.problems) say(`${MARKS.problem}${line}`);
    say('\nSet these first; .env.example lists them all.');
    return 1;
  }
};
