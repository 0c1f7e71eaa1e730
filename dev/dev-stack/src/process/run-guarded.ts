import { spawnGuarded } from './guarded-process.ts';

/**
 * Runs a system command until it ends. The command gets the environment of this process, which may name a proxy. It is ended if
 * this process ends. Rejects with all its output if it fails or takes too long.
 */
export const runGuarded = async ({
  command,
  args,
  cwd,
  timeoutMs,
}: {
  command: string;
  args: readonly string[];
  cwd: string;
  timeoutMs: number;
}): Promise<void> => {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;

  const child = await spawnGuarded({ command, args, cwd, env });
  const timer = setTimeout(() => child.stop(1_000), timeoutMs);
  const { code } = await child.exited;
  clearTimeout(timer);
  if (code !== 0) throw new Error(child.lines().join('\n'));
};
