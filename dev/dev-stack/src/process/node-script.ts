import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface ScriptOptions {
  /** Takes the workspace packages that ship from their builds instead of their sources (false). */
  readonly built?: boolean;
}

/** Node's arguments for running TypeScript sources, workspace packages included, from whatever folder. */
export const sourceArgs = ({ built = false }: ScriptOptions = {}): readonly string[] => [
  ...(built ? [] : ['--conditions=dev-source']),
  '--import',
  // As an address, because `--import tsx` alone is looked up from the working directory.
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
];

/** Node's arguments for a TypeScript module, given by its address. */
export const scriptArgs = (module: string, options?: ScriptOptions): readonly string[] => [
  ...sourceArgs(options),
  fileURLToPath(module),
];
