import type { UserWorkspaceConfig } from 'vitest/config';

/** Settings for the tests of every package. `overrides` replace entries of the section `test`. */
export declare const project: (overrides?: NonNullable<UserWorkspaceConfig['test']>) => UserWorkspaceConfig;
