import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, ROOT, read } from './files.ts';

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const workspacesIn = (wing: string): string[] =>
  readdirSync(join(ROOT, wing)).map((name) => join(wing, name));
const manifestOf = (workspace: string): Manifest => JSON.parse(read(join(workspace, 'package.json')));

const shipping = [...workspacesIn('apps'), ...workspacesIn('packages')];
const inDevelopment = workspacesIn('dev').map((workspace) => manifestOf(workspace).name);
/** Packages that are loaded at run time only if they are installed. */
const MAY_BE_ABSENT = ['@graphql-yoga/render-graphiql'];

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const isSource = (path: string): boolean => /\/src\/.*\.tsx?$/.test(path) && !isTest(path);

/** Everything that a file refers to: imports of all kinds, and files that it starts by their URL. */
const importsOf = (path: string): string[] =>
  [...read(path).matchAll(/(?:\bfrom\s|\bimport\s*\(?\s*|\bnew URL\(\s*)'([\w@.:/-]+)'/g)].map(
    ([, name = '']) => name,
  );

/** Whether `COPY . .` leaves out a path. */
const leftOut = ((): ((path: string) => boolean) => {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) =>
      line
        .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
        .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?')),
    );
  const expression = new RegExp(`^(?:${patterns.join('|')})(?:/|$)`);
  return (path) => expression.test(path);
})();

describe('an image', () => {
  it('gets of each workspace its sources and what builds them, and nothing else', () => {
    const expected =
      /^[^/]+\/[^/]+\/(src\/.+\.tsx?|package\.json|tsconfig(\.build)?\.json|turbo\.json|README\.md|Dockerfile|schema\.graphql)$/;
    const copied = shipping.flatMap((workspace) => filesBelow(workspace)).filter((path) => !leftOut(path));
    expect(copied.length).toBeGreaterThan(100);
    expect(copied.filter((path) => !expected.test(path) || isTest(path))).toEqual([]);
  });

  it('holds no source that only tests use', () => {
    const targets = new Map(
      shipping.flatMap((workspace) => {
        const { name, exports = {} } = manifestOf(workspace);
        return Object.entries(exports).map(([key, { 'dev-source': source = '' }]) => [
          join(name, key),
          join(workspace, source),
        ]);
      }),
    );
    const reached = new Set<string>();
    const follow = (path: string): void => {
      if (reached.has(path) || !isSource(path)) return;
      reached.add(path);
      for (const name of importsOf(path))
        follow(name.startsWith('.') ? join(dirname(path), name) : (targets.get(name) ?? ''));
    };
    const sources = shipping.flatMap((workspace) => filesBelow(workspace, isSource));
    for (const path of sources.filter((path) => path.endsWith('/src/main.ts'))) follow(path);

    expect(sources.filter((path) => !reached.has(path))).toEqual([]);
  });

  it.each(shipping)(
    'can be built for %s: its sources import only themselves and its dependencies',
    (workspace) => {
      const { dependencies = {} } = manifestOf(workspace);
      const allowed = (path: string, name: string): boolean => {
        if (name.startsWith('.')) return join(dirname(path), name).startsWith(`${workspace}/src/`);
        const [scope = '', rest = ''] = name.split('/');
        const used = scope.startsWith('@') ? `${scope}/${rest}` : scope;
        if (name.startsWith('node:') || MAY_BE_ABSENT.includes(name)) return true;
        return used in dependencies && !/^@latchkey\/.*\/testing/.test(name);
      };
      const sources = filesBelow(workspace, isSource);
      const foreign = sources.flatMap((path) =>
        importsOf(path)
          .filter((name) => !allowed(path, name))
          .map((name) => `${path} → ${name}`),
      );

      expect(sources.length).toBeGreaterThan(1);
      expect(foreign).toEqual([]);
      expect(Object.keys(dependencies).filter((name) => inDevelopment.includes(name))).toEqual([]);
    },
  );

  it('finds under every export a file of dist; under dev-source alone lies what tests share', () => {
    const wrong = shipping.flatMap((workspace) =>
      Object.entries(manifestOf(workspace).exports ?? {})
        .filter(([, { 'dev-source': source = '', ...built }]) =>
          Object.keys(built).length === 0
            ? !source.startsWith('./test/')
            : Object.values(built).some((target) => !target.startsWith('./dist/')),
        )
        .map(([key]) => `${workspace} ${key}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is compiled without tests, by settings that all packages share', () => {
    for (const workspace of shipping)
      expect([workspace, JSON.parse(read(join(workspace, 'tsconfig.build.json')))]).toEqual([
        workspace,
        { extends: '@latchkey/tooling/tsconfig.package.json' },
      ]);
    const { include, exclude } = JSON.parse(read('dev/tooling/tsconfig.package.json'));
    expect(include).toEqual([`\${configDir}/src`]);
    expect(exclude).toEqual(
      expect.arrayContaining(['ts'].map((end) => `\${configDir}/src/**/*.test.${end}`)),
    );
  });

  it('loses dev in one place of its Dockerfile, between build and copy', () => {
    const files = shipping.flatMap((workspace) =>
      filesBelow(workspace, (path) => path.endsWith('/Dockerfile')),
    );
    expect(files).toHaveLength(2);
    for (const path of files) {
      const lines = read(path)
        .split('\n')
        .filter((line) => !line.startsWith('#'));
      const removing = lines.findIndex((line) => / && rm -rf dev && /.test(line));
      expect(lines.filter((line) => /(?<!--omit=)\bdev\b/.test(line))).toEqual([lines[removing]]);
      expect(lines[removing]).toContain('turbo run build');
      expect(lines.slice(removing).filter((line) => line.startsWith('COPY'))).toEqual([
        'COPY --from=built --chown=root:root /repo .',
      ]);
    }
  });
});
