import { runDoctor } from './app.ts';
import { parseDoctorEnv } from './env.ts';
import { examine } from './wire.ts';

/** The doctor changes nothing. */
process.exitCode = await runDoctor({
  env: process.env,
  parse: parseDoctorEnv,
  examine,
  say: (line) => void process.stdout.write(`${line}\n`),
});
