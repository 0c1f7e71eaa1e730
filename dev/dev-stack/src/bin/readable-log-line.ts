const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

/** An application's log line for people: who, how bad, what. Lines that are no JSON are shown as they are. */
export const readableLogLine = (name: string, line: string): string => {
  const entry = parse(line);
  const prefix = `${name.padEnd(6)} | `;
  if (entry === undefined) return prefix + line;

  const level = String(entry['level'] ?? '');
  const what = [entry['event'], entry['msg']].filter((part) => typeof part === 'string').join(' ');
  return `${prefix}${level.padEnd(5)} ${what === '' ? line : what}`;
};
