import type { HostReport } from '@latchkey/mongo';
import type { Log } from '@latchkey/runtime';

/**
 * Says at boot what the host's users are like, as far as it decides who can get a link: formats of passwords, addresses that
 * no typed form reaches, each with its remedy. It changes nothing and keeps nobody waiting; a failure is one line.
 */
export const logHost = async (inspect: () => Promise<HostReport>, log: Log): Promise<void> => {
  try {
    const { advice, problems, ...counts } = await inspect();
    log.info({ event: 'host.inspected', ...counts }, "the host's users were looked at");
    for (const sentence of [...problems, ...advice]) log.warn({ event: 'host.advice' }, sentence);
  } catch (error) {
    log.warn({ event: 'host.inspected', err: error }, "the host's users could not be looked at");
  }
};
