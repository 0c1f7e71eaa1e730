import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REQUEST, RESET } from '@latchkey/test-kit/graphql';
import { describe, expect, it } from 'vitest';
import { filesBelow, ROOT, read } from './files.ts';
import { drawWorkspaces, shippingWorkspaces } from './workspaces.ts';

const unique = (names: Iterable<string>): string[] => [...new Set(names)].sort();

describe('the documents', () => {
  it('.env.example lists exactly the variables that the apps read', () => {
    const sources = ['apps/api/src/env.ts', 'apps/worker/src/env.ts', 'packages/settings/src/fields.ts'];
    const fields = sources.flatMap((path) => [...read(path).matchAll(/^\s+([A-Z][A-Z_]{3,})(?:: |,$|\()/gm)]);
    const named = fields.map(([, name = '']) => name).filter((name) => name !== 'LOG_LEVELS');
    const listed = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
    const ofDevStack = ['MONGO_BACKEND', 'NODE_ENV'];
    expect(unique(listed)).toEqual(unique([...named, ...ofDevStack]));
  });

  it('quote the lines that a host adds exactly as the host app has them [T-33]', () => {
    const lines = read('dev/dev-stack/src/host-app/credentials.ts')
      .split('\n')
      .map((line) => line.trim());
    const numbered = (line = '') => /^\/\/ \d\. /.test(line);
    const quoted = lines.filter((line, index) => numbered(line) || numbered(lines[index - 1]));

    expect(quoted).toHaveLength(8);
    for (const document of ['README.md', 'docs/your-app.md'])
      expect(read(document)).toContain(`\`\`\`js\n${quoted.join('\n')}\n\`\`\``);
  });

  it('show front-end developers the operations that the tests send', () => {
    expect(read('docs/clients.md')).toContain(`\`\`\`graphql\n${REQUEST}\n\n${RESET}\n\`\`\``);
  });

  it('link only to files that are there', () => {
    const broken = filesBelow('.', (path) => path.endsWith('.md')).flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target = '']) => join(dirname(document), target))
        .filter((target) => !statSync(join(ROOT, target), { throwIfNoEntry: false }))
        .map((target) => `${document} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('show only pictures that are there, small and described in words, and every one of those', () => {
    const shown = filesBelow('.', (path) => path.endsWith('.md')).flatMap((document) =>
      [...read(document).matchAll(/<img src="([^"]*)"[^>]*? alt="([^"]*)"/g)].map(
        ([, source = '', words = '']) => ({
          path: join(dirname(document), source),
          words,
        }),
      ),
    );
    const size = (path: string) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.size ?? 0;
    expect(
      shown.filter(({ path, words }) => size(path) === 0 || size(path) > 150_000 || words === ''),
    ).toEqual([]);
    expect(unique(shown.map(({ path }) => path))).toEqual(filesBelow('docs/pictures').sort());
  });

  it('draw the workspaces as they depend on each other', () => {
    const drawn = /<!-- workspaces -->\n([\s\S]*)\n<!-- \/workspaces -->/.exec(read('ARCHITECTURE.md'))?.[1];
    expect(drawn).toBe(drawWorkspaces(shippingWorkspaces(ROOT)));
  });

  it('follow one reset through files that are there', () => {
    const table = /\| step \| where \|[\s\S]*?\n\n/.exec(read('ARCHITECTURE.md'))?.[0] ?? '';
    const named = [...table.matchAll(/`((?:apps|packages)\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !statSync(join(ROOT, path), { throwIfNoEntry: false }))).toEqual([]);
  });

  it('name only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = filesBelow('.', (path) => path.endsWith('.md')).flatMap((document) =>
      [...read(document).matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name),
    );
    expect(unique(named).filter((name) => !(name in scripts))).toEqual([]);
  });

  it('the threat model says of each requirement how many tests carry its id, and no test carries another one', () => {
    const tests = filesBelow('.', (path) =>
      /\.test\.tsx?$|flow-suite\/[^/]+\.ts$|e2e\/timing\/.*\.ts$/.test(path),
    )
      .map(read)
      .join('\n');
    // At the end of a title, so that no comment holds a requirement.
    const carried = [...tests.matchAll(/((?: \[T-\d\d\])+)['`"],/g)].flatMap(
      ([, ids = '']) => ids.match(/T-\d\d/g) ?? [],
    );
    const testsOf = (id: string): number => carried.filter((it) => it === id).length;

    const model = read('docs/threat-model.md');
    const said = [...model.matchAll(/\b(T-\d\d)\b(?: \|.*\||,) (?:.*: )?(\d+) tests?\b/g)];
    expect(said.length).toBeGreaterThan(40);
    expect(said.map(([, id = '', count]) => [id, Number(count)])).toEqual(
      said.map(([, id = '']) => [id, testsOf(id)]),
    );
    expect(unique(carried)).toEqual(unique(said.map(([, id = '']) => id)));
    // One line for each id, and each line held, or said to be held by no test.
    const lines = [...model.matchAll(/^\| (T-\d\d) \|.*\| (.*) \|$/gm)];
    expect(lines.map(([, id]) => id)).toEqual(
      lines.map((_, index) => `T-${String(index + 1).padStart(2, '0')}`),
    );
    for (const [, id, heldBy] of lines) expect(heldBy, id).toMatch(/\d tests?\b|`npm run |not yet: /);
  });

  it('name only metrics and collections that exist', () => {
    const sources = filesBelow('.', (path) => /^(apps|packages|dev)\/.*\/src\/.*\.ts$/.test(path))
      .map(read)
      .join('\n');
    const named = filesBelow('.', (path) => path.endsWith('.md')).flatMap((document) =>
      [...read(document).matchAll(/`(latchkey_[a-z_]*[a-z])[`{]/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(unique(named).filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
  });

  it('no word comes back that the glossary replaced', () => {
    const replaced =
      /wake[-_]?ups?|wake_lost|(?<![a-z])lapse[sd]?(?![a-z])|guard rows?|\bGuards\b|spend_?links?|minted_?at|touchedAt|token_used|\bfigures?(?![a-z])|figureFor|QueueLog|not_?queued|insurance/i;
    const places = filesBelow('.', (path) =>
      /^(apps|packages|dev|docs)\/.*\.(ts|js|mjs|md|graphql|snap)$|^[A-Z]+\.md$|\.ya?ml$/.test(path),
    ).filter((path) => !/^dev\/(bench\/results|e2e\/docs)\//.test(path));
    const found = places.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (replaced.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('the container files run no package that the lock file does not vouch for', () => {
    const files = filesBelow('.', (path) => /(^|\/)Dockerfile$/.test(path));
    expect(files.length).toBeGreaterThanOrEqual(2);
    const run = files.flatMap((path) => [
      ...read(path).matchAll(/\bnp(?:x|m (?:exec|install|i))\b.*?(?=&&|$)/gm),
    ]);
    expect(
      run.map(([command]) => command).filter((command) => !command.startsWith('npx --no-install ')),
    ).toEqual([]);
  });

  it('the list of decisions has every one, in order and under its own title', () => {
    const records = readdirSync(join(ROOT, 'docs/decisions'))
      .filter((name) => /^\d{4}-/.test(name))
      .sort();
    const entries = records.map((name, index) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(read(`docs/decisions/${name}`)) ?? [];
      expect([name.slice(0, 4), number]).toEqual([String(index + 1).padStart(4, '0'), String(index + 1)]);
      return `- [${name.slice(0, 4)}](${name}) ${title}`;
    });
    for (const name of records) {
      const [, , status = ''] = read(`docs/decisions/${name}`).split('\n', 3);
      expect(status, name).toMatch(/^\d{4}-\d\d-\d\d · (accepted|superseded by \[\d+\])/);
      // Only a later decision can change or supersede this one.
      for (const [, by = ''] of status.matchAll(/\]\((\d{4})-/g))
        expect(by > name.slice(0, 4), name).toBe(true);
    }
    const listed = read('docs/decisions/README.md').match(/^- .+$/gm);
    expect(listed).toEqual(entries);
  });
});
