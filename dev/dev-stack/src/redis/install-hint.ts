import { readFile } from 'node:fs/promises';

const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/\b(debian|ubuntu)\b/, 'sudo apt-get install -y redis-server'],
  [/\balpine\b/, 'apk add redis'],
  [/\b(fedora|rhel|centos)\b/, 'sudo dnf install -y valkey'],
  [/\barch\b/, 'sudo pacman -S valkey'],
  [/\bsuse\b/, 'sudo zypper install redis'],
];

/** The command that installs Redis on a system, chosen by its platform and its os-release file. */
export const commandFor = (platform: NodeJS.Platform, osRelease: string): string | undefined => {
  if (platform === 'darwin') return 'brew install redis';
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map(([, value]) => value).join(' ');
  return COMMANDS.find(([pattern]) => pattern.test(ids))?.[1];
};

/** One sentence that tells how to install Redis on this system. */
export const installHint = async (): Promise<string> => {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const command = commandFor(process.platform, osRelease);
  return command === undefined
    ? 'Install Redis so that redis-server is on PATH, or set REDIS_URL.'
    : `Run \`${command}\`, or set REDIS_URL, and try again.`;
};
