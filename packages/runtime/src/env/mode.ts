/** How strict the checks of a process are. */
export type Mode = 'production' | 'development' | 'test';

/** Environment variables in the form of `process.env`. */
export type RawEnv = Readonly<Record<string, string | undefined>>;

/** Every value but `development` and `test` means production, because a typing error must never switch a check off. */
export const modeOf = (env: RawEnv): Mode => {
  const name = env['NODE_ENV'];

  return name === 'development' || name === 'test' ? name : 'production';
};
