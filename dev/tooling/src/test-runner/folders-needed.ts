/** The part of `turbo run --dry=json` that is read here. */
export interface TaskGraph {
  readonly tasks: readonly {
    /** `package#task` */
    readonly taskId: string;
    /** From the root, such as `dev/e2e`. */
    readonly directory: string;
    readonly dependencies: readonly string[];
  }[];
}

/** The folder of a task's workspace and of every workspace that the task depends on, directly or not. */
export const foldersNeeded = ({ tasks }: TaskGraph, taskId: string): readonly string[] => {
  const byId = new Map(tasks.map((task) => [task.taskId, task]));
  const visited = new Set<string>();
  const visit = (id: string): void => {
    const task = byId.get(id);
    if (task === undefined) throw new Error(`turbo knows no task ${id}`);
    if (visited.has(id)) return;
    visited.add(id);
    task.dependencies.forEach(visit);
  };
  visit(taskId);

  return [...new Set([...visited].map((id) => byId.get(id)?.directory ?? ''))];
};

/** What every workspace depends on: versions of dependencies, scripts and tasks. */
const OF_EVERYBODY = ['package.json', 'package-lock.json', 'turbo.json', 'tsconfig.json', '.nvmrc', '.npmrc'];

/** Whether one of the changed files can matter to tests that need these folders. No test reads documents. */
export const concerns = (changed: readonly string[], folders: readonly string[]): boolean =>
  changed.some(
    (file) =>
      !file.endsWith('.md') &&
      (OF_EVERYBODY.includes(file) || folders.some((folder) => file.startsWith(`${folder}/`))),
  );
