/** The sum of a Prometheus figure over all of its series that carry these labels; 0 when there is none. */
export const readMetric = async (
  url: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> => {
  const text = await (await fetch(url)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, found, bag = '', value] = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (found !== name) continue;
    if (Object.entries(labels).every(([key, wanted]) => bag.includes(`${key}="${wanted}"`)))
      sum += Number(value);
  }
  return sum;
};
