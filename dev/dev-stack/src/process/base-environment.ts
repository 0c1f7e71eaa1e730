const HARMLESS = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'SystemRoot'];

/** What any program may know of ours: where things lie, nothing else. Secrets never ride along by accident. */
export const baseEnvironment = (): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const name of HARMLESS) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
};
