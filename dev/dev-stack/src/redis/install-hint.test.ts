import { describe, expect, it } from 'vitest';
import { commandFor } from './install-hint.ts';

describe('the command that installs Redis', () => {
  it.each([
    ['darwin', '', 'brew install redis'],
    ['linux', 'NAME="Alpine Linux"\nID=alpine\n', 'apk add redis'],
    ['linux', 'ID=debian\n', 'sudo apt-get install -y redis-server'],
    ['linux', 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'sudo apt-get install -y redis-server'],
    ['linux', 'ID=fedora\n', 'sudo dnf install -y valkey'],
    ['linux', 'ID=arch\n', 'sudo pacman -S valkey'],
    ['linux', 'ID=nixos\n', undefined],
  ] as const)('on %s with %j is %s', (platform, osRelease, command) => {
    expect(commandFor(platform, osRelease)).toBe(command);
  });
});
