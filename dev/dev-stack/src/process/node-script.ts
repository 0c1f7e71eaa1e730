import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface ScriptOptions {
  /** Whether to load the product's packages from their builds instead of their sources. Default: false. */
  readonly built?: boolean;
}

/** Arguments for Node to run TypeScript sources, including workspace packages, from any folder. */
export const sourceArgs = ({ built = false }: ScriptOptions = {}): readonly string[] => [
  ...(built ? [] : ['--conditions=dev-source']),
  '--import',
  // This must be a URL, because Node resolves `--import tsx` from the working directory.
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
];

/** Arguments for Node to run the TypeScript module at this URL. */
export const scriptArgs = (module: string, options?: ScriptOptions): readonly string[] => [
  ...sourceArgs(options),
  fileURLToPath(module),
];
