import { ConfigError } from '@latchkey/runtime';
import { parseDoctorEnv } from './env.ts';
import { examine } from './examine.ts';

const MARKS = { ok: '  ok      ', advice: '  advice  ', problem: '  PROBLEM ' } as const;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Read only. Exit 0 when nothing is wrong, 1 otherwise. */
const main = async (): Promise<number> => {
  try {
    const env = parseDoctorEnv(process.env);
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

process.exitCode = await main();
