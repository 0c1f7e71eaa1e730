const HARMLESS = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'SystemRoot'];

/** The variables that every child process may inherit. They name folders and settings of the system, never secrets. */
export const baseEnvironment = (): Record<string, string> => {
  const environment: Record<string, string> = {};
  for (const name of HARMLESS) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
};
