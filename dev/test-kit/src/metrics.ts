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

/**
 * How often this api went on without Redis because it had not answered within 250 ms; a stall of the machine is enough. Such
 * requests wait for the reconciler, and what they cost is counted in process, where a budget begins anew.
 */
export const timesWithoutRedis = async ({ metricsUrl }: { readonly metricsUrl: string }): Promise<number> =>
  (await readMetric(metricsUrl, 'latchkey_limiter_fallback_total')) +
  (await readMetric(metricsUrl, 'latchkey_api_requests_not_enqueued_total'));
