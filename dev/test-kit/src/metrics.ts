/** The sum of a Prometheus metric over all its series with these labels; 0 if there is no such series. */
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
 * How often this api worked without Redis because Redis had not answered within 250 ms. A stall of the machine can cause it.
 * Such requests wait for the reconciler, and their rate limits are counted in the process, where every count begins at zero.
 */
export const timesWithoutRedis = async ({ metricsUrl }: { readonly metricsUrl: string }): Promise<number> =>
  (await readMetric(metricsUrl, 'latchkey_limiter_fallback_total')) +
  (await readMetric(metricsUrl, 'latchkey_api_requests_not_enqueued_total'));
