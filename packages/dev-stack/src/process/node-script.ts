import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Whether this package runs from its sources (through tsx) or from its build. */
export const runsFromSource = import.meta.url.endsWith('.ts');

/** Node's arguments for running TypeScript sources, workspace packages included, from whatever folder. */
export const sourceArgs = (): readonly string[] => [
  '--conditions=dev-source',
  '--import',
  // As an address, because `--import tsx` alone is looked up from the working directory.
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
];

/** Node's arguments for a module of this package, given without its extension, relative to src (or dist). */
export const ownScript = (path: string): readonly string[] => {
  const file = new URL(`../${path}.${runsFromSource ? 'ts' : 'js'}`, import.meta.url);
  return [...(runsFromSource ? sourceArgs() : []), fileURLToPath(file)];
};
