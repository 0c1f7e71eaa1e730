import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Workspace {
  readonly name: string;
  readonly folder: string;
  /** Other workspaces that its sources import, without development dependencies. */
  readonly uses: readonly string[];
}

const SCOPE = '@latchkey/';

/** Apps and packages with their dependencies. */
export const shippingWorkspaces = (root: string): readonly Workspace[] =>
  ['apps', 'packages'].flatMap((wing) =>
    readdirSync(join(root, wing))
      .sort()
      .map((folder) => {
        const { name, dependencies = {} } = JSON.parse(
          readFileSync(join(root, wing, folder, 'package.json'), 'utf8'),
        );
        const uses = Object.keys(dependencies).filter((other) => other.startsWith(SCOPE));
        return {
          name: name.slice(SCOPE.length),
          folder: `${wing}/${folder}`,
          uses: uses.map((it) => it.slice(SCOPE.length)),
        };
      }),
  );

/** Draws a Mermaid flowchart without the arrows that follow from other arrows. */
export const drawWorkspaces = (workspaces: readonly Workspace[]): string => {
  const usesOf = (name: string): readonly string[] => workspaces.find((it) => it.name === name)?.uses ?? [];
  const reaches = (from: string, to: string): boolean =>
    usesOf(from).some((next) => next === to || reaches(next, to));
  const arrows = workspaces.flatMap(({ name, uses }) =>
    uses
      .filter((target) => !uses.some((other) => other !== target && reaches(other, target)))
      .map((target) => `  ${name} --> ${target}`),
  );
  const boxes = workspaces.map(({ name, folder }) => `  ${name}[${folder}]`);

  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows, '```'].join('\n');
};
