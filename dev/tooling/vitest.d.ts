import type { UserWorkspaceConfig } from 'vitest/config';

/** Settings every package's tests share; `overrides` go into its `test` section. */
export declare const project: (overrides?: NonNullable<UserWorkspaceConfig['test']>) => UserWorkspaceConfig;
