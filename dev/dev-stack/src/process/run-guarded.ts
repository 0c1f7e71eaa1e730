import { spawnGuarded } from './guarded-process.ts';

/**
 * Runs a command of the system's to its end, with our environment (it may know a proxy), and ends it when we end. Rejects
 * with everything it wrote when it fails or takes too long.
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
