import type { HostReport } from '@latchkey/mongo';
import type { Log } from '@latchkey/runtime';

/**
 * Logs at the start which users of the host application cannot get a link: formats of passwords, and addresses that no typed
 * form reaches, each with its remedy. It changes nothing and delays no other work. A failure is one log line.
 */
export const logHost = async (inspect: () => Promise<HostReport>, log: Log): Promise<void> => {
  try {
    const { advice, problems, ...counts } = await inspect();
    log.info({ event: 'host.inspected', ...counts }, "the host application's users were examined");
    for (const sentence of [...problems, ...advice]) log.warn({ event: 'host.advice' }, sentence);
  } catch (error) {
    log.warn({ event: 'host.inspected', err: error }, "the host application's users could not be examined");
  }
};
