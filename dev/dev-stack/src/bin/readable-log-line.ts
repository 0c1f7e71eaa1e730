const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

/** Shortens a log line of an app to name, level, event and message. A line that is not JSON is not changed. */
export const readableLogLine = (name: string, line: string): string => {
  const entry = parse(line);
  const prefix = `${name.padEnd(6)} | `;
  if (entry === undefined) return prefix + line;

  const level = String(entry['level'] ?? '');
  const what = [entry['event'], entry['msg']].filter((part) => typeof part === 'string').join(' ');
  return `${prefix}${level.padEnd(5)} ${what === '' ? line : what}`;
};
