import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Node's arguments for running TypeScript sources, workspace packages included, from whatever folder. */
export const sourceArgs = (): readonly string[] => [
  '--conditions=dev-source',
  '--import',
  // As an address, because `--import tsx` alone is looked up from the working directory.
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
];

/** Node's arguments for a TypeScript module, given by its address. */
export const scriptArgs = (module: string): readonly string[] => [...sourceArgs(), fileURLToPath(module)];
