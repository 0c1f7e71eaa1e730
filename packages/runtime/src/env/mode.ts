/** How strict a process is. */
export type Mode = 'production' | 'development' | 'test';

/** Raw environment variables, as `process.env` has them. */
export type RawEnv = Readonly<Record<string, string | undefined>>;

/** Anything but exactly `development` or `test` is production: a typo must never switch a check off. */
export const modeOf = (env: RawEnv): Mode => {
  const name = env['NODE_ENV'];

  return name === 'development' || name === 'test' ? name : 'production';
};
